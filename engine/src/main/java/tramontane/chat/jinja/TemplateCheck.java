package tramontane.chat.jinja;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Looks for what a template names and nobody knows: filters, tests and functions. Python finds some
 * of it only when it comes by; a server wants to know before the first request.
 *
 * <p>What a template asks for first ({@code 'x' is filter}, {@code f is defined}) may be missing.
 */
final class TemplateCheck {
    /** Filters whose argument names another filter, or a test, and the place of that argument. */
    private static final Map<String, Integer> NAMES_A_TEST =
            Map.of("select", 0, "reject", 0, "selectattr", 1, "rejectattr", 1);

    private static final Set<String> OF_LOOPS_AND_MACROS =
            Set.of("loop", "caller", "varargs", "kwargs", "self", "super");

    private final Set<String> known = new HashSet<>(OF_LOOPS_AND_MACROS);
    private final Set<String> askedFor = new HashSet<>();
    private final Map<String, Integer> missing = new LinkedHashMap<>();
    private final Map<String, Integer> called = new LinkedHashMap<>();

    private TemplateCheck() {
        Scope globals = new Scope(Optional.empty());
        Globals.define(globals);
        known.addAll(globals.names());
    }

    /** Throws a {@link TemplateException} of kind SYNTAX that tells all that is missing. */
    static void check(TemplateParser.Parsed template) {
        TemplateCheck check = new TemplateCheck();
        check.all(template.statements());
        check.called.forEach((name, line) -> {
            if (!check.known.contains(name)) {
                check.missing.putIfAbsent("function '" + name + "'", line);
            }
        });
        check.askedFor.forEach(name -> {
            for (String kind : List.of("function", "filter", "test")) {
                check.missing.remove(kind + " '" + name + "'");
            }
        });
        if (!check.missing.isEmpty()) {
            List<String> told = new ArrayList<>();
            check.missing.forEach((what, line) -> told.add(what + " in line " + line));
            throw TemplateException.syntax(
                    "unknown " + String.join(", ", told), check.missing.values().iterator().next());
        }
    }

    private void all(List<Statement> statements) {
        statements.forEach(this::look);
    }

    private void look(Statement statement) {
        switch (statement) {
            case Statement.Data _, Statement.Break _, Statement.Continue _ -> {}
            case Statement.Output(Expr value, _) -> look(value);
            case Statement.If choice -> {
                for (Statement.Branch branch : choice.branches()) {
                    condition(branch.condition());
                    all(branch.body());
                }
                all(choice.otherwise());
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
            case Statement.Elsewhere(String name, int line) ->
                    missing.putIfAbsent("statement '" + name + "', which needs other files,", line);
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

    /** A name that alone decides is asked for. */
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
                condition(condition);
                look(then);
                otherwise.ifPresent(this::look);
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
                    called.putIfAbsent(name, call.line());
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
            literal(filter.arguments(), 0).ifPresent(name -> needFilter(name, filter.line()));
        }
        Optional.ofNullable(NAMES_A_TEST.get(filter.name()))
                .flatMap(place -> literal(filter.arguments(), place))
                .ifPresent(name -> needTest(name, filter.line()));
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
            missing.putIfAbsent("filter '" + name + "'", line);
        }
    }

    private void needTest(String name, int line) {
        if (Tests.TABLE.find(name).isEmpty()) {
            missing.putIfAbsent("test '" + name + "'", line);
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
