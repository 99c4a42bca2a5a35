package tramontane.chat.jinja;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Looks for unknown filters, tests and functions in a template. jinja2 finds some of them only when
 * they are evaluated, but a server should report them before the first request.
 *
 * <p>A name that the template checks first ({@code 'x' is filter}, {@code f is defined}) may be
 * missing.
 */
final class TemplateCheck {
    /** Filters with an argument that names another filter or a test, and its position. */
    private static final Map<String, Integer> NAMES_A_TEST =
            Map.of("select", 0, "reject", 0, "selectattr", 1, "rejectattr", 1);

    private static final String FUNCTION = "function";

    private static final Set<String> OF_LOOPS_AND_MACROS =
            Set.of("loop", "caller", "varargs", "kwargs", "self", "super");

    private final Set<String> known = new HashSet<>(OF_LOOPS_AND_MACROS);
    private final Set<String> askedFor = new HashSet<>();

    /** The missing names by kind, and their lines. */
    private final Map<String, Missing> missing = new LinkedHashMap<>();

    /** The conditions around the current node. */
    private int conditions;

    /**
     * @param always true if jinja2 would refuse the template for it
     */
    private record Missing(String kind, String name, int line, boolean always) {
        String description() {
            return kind + " '" + name + "' (line " + line + ")";
        }
    }

    private TemplateCheck() {
        Scope globals = new Scope(Optional.empty());
        Globals.define(globals);
        known.addAll(globals.names());
    }

    /**
     * Returns the missing names that only some conversations reach.
     *
     * @throws TemplateException of kind SYNTAX with the missing names that all conversations reach
     */
    static List<String> check(TemplateParser.Parsed template) {
        TemplateCheck check = new TemplateCheck();
        check.all(template.statements());
        List<Missing> found =
                check.missing.values().stream()
                        .filter(each -> !check.askedFor.contains(each.name))
                        .filter(each ->
                                !each.kind.equals(FUNCTION) || !check.known.contains(each.name))
                        .toList();
        List<Missing> always = found.stream().filter(Missing::always).toList();
        if (!always.isEmpty()) {
            throw TemplateException.syntax(
                    "unknown "
                            + always.stream()
                                    .map(Missing::description)
                                    .collect(Collectors.joining(", ")),
                    always.getFirst().line);
        }
        return found.stream().map(Missing::description).toList();
    }

    private void note(String kind, String name, int line, boolean always) {
        Missing here = new Missing(kind, name, line, always);
        missing.merge(kind + " " + name, here, (a, b) -> b.always && !a.always ? b : a);
    }

    private void all(List<Statement> statements) {
        statements.forEach(this::look);
    }

    private void look(Statement statement) {
        switch (statement) {
            case Statement.Data _, Statement.Break _, Statement.Continue _ -> {}
            case Statement.Output(Expr value, _) -> look(value);
            case Statement.If choice -> {
                conditions++;
                for (Statement.Branch branch : choice.branches()) {
                    condition(branch.condition());
                    all(branch.body());
                }
                all(choice.otherwise());
                conditions--;
            }
            case Statement.For loop -> {
                know(loop.target());
                look(loop.items());
                loop.condition().ifPresent(this::look);
                all(loop.loop().body());
                all(loop.loop().otherwise());
            }
            case Statement.Assign assign -> {
                know(assign.target());
                look(assign.value());
            }
            case Statement.Capture capture -> {
                know(capture.target());
                capture.filter().ifPresent(this::look);
                all(capture.body());
            }
            case Statement.MacroDefinition(Statement.MacroShape macro, _) -> {
                known.add(macro.name());
                macro(macro);
            }
            case Statement.CallBlock block -> {
                look(block.call());
                macro(block.caller());
            }
            case Statement.FilterBlock block -> {
                look(block.filter());
                all(block.body());
            }
            case Statement.With with -> {
                with.assignments().forEach(this::look);
                all(with.body());
            }
            case Statement.Block block -> all(block.body());
            case Statement.AutoEscape escape -> {
                look(escape.wanted());
                all(escape.body());
            }
            case Statement.Elsewhere(String name, int line) -> note("statement", name, line, false);
        }
    }

    private void macro(Statement.MacroShape macro) {
        macro.parameters()
                .forEach(parameter -> {
                    known.add(parameter.name());
                    parameter.fallback().ifPresent(this::look);
                });
        all(macro.body());
    }

    private void know(Statement.Target target) {
        switch (target) {
            case Statement.Target.Variable(String name) -> known.add(name);
            case Statement.Target.Unpacked(List<Statement.Target> targets) ->
                    targets.forEach(this::know);
            case Statement.Target.Field _ -> {}
        }
    }

    /** A condition that is only a name checks whether the name is defined. */
    private void condition(Expr condition) {
        switch (condition) {
            case Expr.Name(String name) -> askedFor.add(name);
            case Expr.Not(Expr inner) -> condition(inner);
            case Expr.And(Expr left, Expr right) -> {
                condition(left);
                condition(right);
            }
            case Expr.Or(Expr left, Expr right) -> {
                condition(left);
                condition(right);
            }
            default -> look(condition);
        }
    }

    private void look(Expr expression) {
        switch (expression) {
            case Expr.Literal _, Expr.Name _ -> {}
            case Expr.Items(List<Expr> items) -> items.forEach(this::look);
            case Expr.Tupled(List<Expr> items) -> items.forEach(this::look);
            case Expr.Pairs(List<Expr.Pair> pairs) ->
                    pairs.forEach(pair -> {
                        look(pair.key());
                        look(pair.value());
                    });
            case Expr.Unary(_, Expr operand) -> look(operand);
            case Expr.Binary(_, Expr left, Expr right) -> {
                look(left);
                look(right);
            }
            case Expr.Concat(List<Expr> parts) -> parts.forEach(this::look);
            case Expr.Compare(Expr first, List<Expr.Operand> rest) -> {
                look(first);
                rest.forEach(operand -> look(operand.value()));
            }
            case Expr.And and -> condition(and);
            case Expr.Or or -> condition(or);
            case Expr.Not(Expr operand) -> look(operand);
            case Expr.Conditional(Expr condition, Expr then, Optional<Expr> otherwise) -> {
                conditions++;
                condition(condition);
                look(then);
                otherwise.ifPresent(this::look);
                conditions--;
            }
            case Expr.Attribute(Expr target, _) -> look(target);
            case Expr.Subscript(Expr target, Expr key) -> {
                look(target);
                look(key);
            }
            case Expr.Slice slice -> {
                look(slice.target());
                slice.start().ifPresent(this::look);
                slice.stop().ifPresent(this::look);
                slice.step().ifPresent(this::look);
            }
            case Expr.Call call -> {
                if (call.function() instanceof Expr.Name(String name)) {
                    note(FUNCTION, name, call.line(), false);
                } else {
                    look(call.function());
                }
                arguments(call.arguments());
            }
            case Expr.Filter filter -> filter(filter);
            case Expr.Test test -> test(test);
        }
    }

    private void arguments(Expr.CallArguments given) {
        given.positional().forEach(this::look);
        given.named().forEach(keyword -> look(keyword.value()));
        given.morePositional().ifPresent(this::look);
        given.moreNamed().ifPresent(this::look);
    }

    private void filter(Expr.Filter filter) {
        filter.value().ifPresent(this::look);
        arguments(filter.arguments());
        needFilter(filter.name(), filter.line());
        if (filter.name().equals("map")) {
            conditions++;
            literal(filter.arguments(), 0).ifPresent(name -> needFilter(name, filter.line()));
            conditions--;
        }
        conditions++;
        Optional.ofNullable(NAMES_A_TEST.get(filter.name()))
                .flatMap(place -> literal(filter.arguments(), place))
                .ifPresent(name -> needTest(name, filter.line()));
        conditions--;
    }

    private static Optional<String> literal(Expr.CallArguments arguments, int place) {
        return arguments.positional().size() > place
                        && arguments.positional().get(place) instanceof Expr.Literal(Object value)
                        && value instanceof Text text
                ? Optional.of(text.chars())
                : Optional.empty();
    }

    private void needFilter(String name, int line) {
        if (Filters.TABLE.find(name).isEmpty()) {
            note("filter", name, line, conditions == 0);
        }
    }

    private void needTest(String name, int line) {
        if (Tests.TABLE.find(name).isEmpty()) {
            note("test", name, line, conditions == 0);
        }
    }

    private void test(Expr.Test test) {
        arguments(test.arguments());
        needTest(test.name(), test.line());
        boolean asks = Set.of("defined", "undefined", "callable").contains(test.name());
        if (asks && test.value() instanceof Expr.Name(String name)) {
            askedFor.add(name);
        } else if (test.value() instanceof Expr.Literal(Object value)
                && value instanceof Text name
                && Set.of("filter", "test").contains(test.name())) {
            askedFor.add(name.chars());
        } else {
            look(test.value());
        }
    }
}
