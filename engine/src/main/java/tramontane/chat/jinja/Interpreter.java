package tramontane.chat.jinja;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/** Executes the statements of a template for one rendering. */
final class Interpreter {
    private enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    private final Budget budget;
    private final LocalDateTime now;
    private final Evaluator evaluator;
    private TextBuilder out;
    private Scope outermost = new Scope(Optional.empty());
    private boolean autoescaping;
    private long drawn;
    private int line = 1;

    Interpreter(Budget budget, LocalDateTime now) {
        this.budget = budget;
        this.now = now;
        this.evaluator = new Evaluator(this);
        this.out = new TextBuilder(budget);
    }

    Budget budget() {
        return budget;
    }

    LocalDateTime now() {
        return now;
    }

    /** True within {@code autoescape}, where output is escaped for HTML. */
    boolean isAutoescaping() {
        return autoescaping;
    }

    /**
     * A random number from 0 to {@code bound - 1}. The sequence is the same in every rendering, so
     * that the same request gives the same prompt.
     */
    int random(int bound) {
        return new SplittableRandom(drawn++).nextInt(bound);
    }

    void at(int currentLine) {
        line = currentLine;
    }

    Text run(TemplateParser.Parsed template, Map<String, Object> variables) {
        Scope globals = new Scope(Optional.empty());
        Globals.define(globals);
        Scope scope = globals.inner();
        variables.forEach(scope::set);
        outermost = scope;
        globals.set("self", new Blocks(template.blocks(), scope));
        try {
            runAll(template.statements(), scope);
        } catch (TemplateException failure) {
            throw failure.at(line);
        }
        return out.build();
    }

    Object evaluate(Expr expression, Scope scope) {
        return evaluator.evaluate(expression, scope);
    }

    /** The output of the statements as a value. */
    Text capture(List<Statement> statements, Scope scope) {
        TextBuilder outer = out;
        out = new TextBuilder(budget);
        runAll(statements, scope);
        Text written = out.build();
        out = outer;
        return written;
    }

    /** The output of the statements with or without escaping. */
    Text captureEscaping(boolean escaping, List<Statement> statements, Scope scope) {
        boolean before = autoescaping;
        autoescaping = escaping;
        Text written = capture(statements, scope);
        autoescaping = before;
        return written;
    }

    private Flow runAll(List<Statement> statements, Scope scope) {
        budget.enter();
        Flow flow = Flow.NEXT;
        for (int i = 0; i < statements.size() && flow == Flow.NEXT; i++) {
            flow = run(statements.get(i), scope);
        }
        budget.leave();
        return flow;
    }

    private Flow run(Statement statement, Scope scope) {
        budget.step();
        switch (statement) {
            case Statement.Data(Text text) -> out.append(text);
            case Statement.Output output -> {
                line = output.line();
                Text text = Printer.str(evaluate(output.value(), scope), budget);
                out.append(autoescaping ? Escaping.markup(text, budget) : text);
            }
            case Statement.Block block -> {
                line = block.line();
                runAll(block.body(), (block.scoped() ? scope : outermost).inner());
            }
            case Statement.AutoEscape escape -> {
                return runEscaped(escape, scope);
            }
            case Statement.Elsewhere elsewhere -> {
                line = elsewhere.line();
                throw TemplateException.missing(
                        "'" + elsewhere.name() + "' needs another template, and a model has one");
            }
            case Statement.If choice -> {
                return runIf(choice, scope);
            }
            case Statement.For loop -> {
                line = loop.line();
                return runFor(loop, evaluate(loop.items(), scope), scope, 1);
            }
            case Statement.Assign assign -> {
                line = assign.line();
                assign(assign.target(), evaluate(assign.value(), scope), scope);
            }
            case Statement.Capture capture -> {
                line = capture.line();
                Text written = marked(capture(capture.body(), scope.inner()));
                assign(capture.target(), filtered(written, capture.filter(), scope), scope);
            }
            case Statement.MacroDefinition(Statement.MacroShape macro, _) ->
                    scope.set(macro.name(), new Macro(macro, scope, autoescaping));
            case Statement.CallBlock block -> {
                line = block.line();
                Object written =
                        evaluator.call(
                                block.call(),
                                scope,
                                Optional.of(new Macro(block.caller(), scope, autoescaping)));
                out.append(Printer.str(written, budget));
            }
            case Statement.FilterBlock block -> {
                line = block.line();
                Text written = marked(capture(block.body(), scope.inner()));
                out.append(
                        Printer.str(filtered(written, Optional.of(block.filter()), scope), budget));
            }
            case Statement.With with -> {
                return runWith(with, scope);
            }
            case Statement.Break _ -> {
                return Flow.BREAK;
            }
            case Statement.Continue _ -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.NEXT;
    }

    private Text marked(Text written) {
        return autoescaping ? written.asMarkup() : written;
    }

    private Flow runEscaped(Statement.AutoEscape escape, Scope scope) {
        line = escape.line();
        boolean before = autoescaping;
        autoescaping = Values.isTrue(evaluate(escape.wanted(), scope));
        Flow flow = runAll(escape.body(), scope.inner());
        autoescaping = before;
        return flow;
    }

    private Object filtered(Text written, Optional<Expr> filter, Scope scope) {
        return filter.map(chain -> evaluator.filterBlock(chain, written, scope)).orElse(written);
    }

    private Flow runIf(Statement.If choice, Scope scope) {
        line = choice.line();
        for (Statement.Branch branch : choice.branches()) {
            if (Values.isTrue(evaluate(branch.condition(), scope))) {
                return runAll(branch.body(), scope);
            }
        }
        return runAll(choice.otherwise(), scope);
    }

    private Flow runWith(Statement.With with, Scope scope) {
        Scope inner = scope.inner();
        for (Statement.Assign assign : with.assignments()) {
            line = assign.line();
            assign(assign.target(), evaluate(assign.value(), scope), inner);
        }
        return runAll(with.body(), inner);
    }

    private Flow runFor(Statement.For loop, Object value, Scope scope, int depth) {
        List<Object> items = chosen(loop, Values.items(value, budget), scope);
        LoopState state =
                new LoopState(
                        items, depth, (in, arguments) -> recurse(loop, arguments, scope, depth));
        while (state.next()) {
            Scope turn = scope.inner();
            turn.set("loop", state);
            assign(loop.target(), state.item(), turn);
            if (runAll(loop.loop().body(), turn) == Flow.BREAK) {
                break;
            }
        }
        return items.isEmpty() ? runAll(loop.loop().otherwise(), scope.inner()) : Flow.NEXT;
    }

    private List<Object> chosen(Statement.For loop, List<Object> items, Scope scope) {
        if (loop.condition().isEmpty()) {
            return items;
        }
        List<Object> chosen = new ArrayList<>();
        for (Object item : items) {
            Scope inner = scope.inner();
            assign(loop.target(), item, inner);
            if (Values.isTrue(evaluate(loop.condition().get(), inner))) {
                budget.elements(1);
                chosen.add(item);
            }
        }
        return chosen;
    }

    private Object recurse(Statement.For loop, Arguments arguments, Scope scope, int depth) {
        if (!loop.loop().recursive() || arguments.positional().size() != 1) {
            throw TemplateException.failed(
                    "only a recursive loop can be called, with one argument");
        }
        TextBuilder outer = out;
        out = new TextBuilder(budget);
        runFor(loop, arguments.positional().getFirst(), scope, depth + 1);
        Text written = out.build();
        out = outer;
        return written;
    }

    private void assign(Statement.Target target, Object value, Scope scope) {
        switch (target) {
            case Statement.Target.Variable(String name) -> scope.set(name, value);
            case Statement.Target.Field(String name, String field) -> {
                if (!(scope.get(name).orElse(None.NONE) instanceof Namespace namespace)) {
                    throw TemplateException.failed(
                            "cannot assign attribute on '" + name + "', it is no namespace");
                }
                namespace.set(field, value);
            }
            case Statement.Target.Unpacked(List<Statement.Target> targets) -> {
                if (value instanceof Undefined undefined) {
                    throw undefined.failure();
                }
                List<Object> items = Values.items(value, budget);
                if (items.size() != targets.size()) {
                    throw TemplateException.failed(
                            "expected "
                                    + targets.size()
                                    + " values to unpack, got "
                                    + items.size());
                }
                for (int i = 0; i < targets.size(); i++) {
                    assign(targets.get(i), items.get(i), scope);
                }
            }
        }
    }
}
