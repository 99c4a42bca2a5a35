package tramontane.chat.jinja;

import java.util.List;
import java.util.Optional;

/** A statement of a template. */
sealed interface Statement {
    record Data(Text text) implements Statement {}

    record Output(Expr value, int line) implements Statement {}

    record If(List<Branch> branches, List<Statement> otherwise, int line) implements Statement {}

    record For(Target target, Expr items, Optional<Expr> condition, Loop loop, int line)
            implements Statement {}

    record Assign(Target target, Expr value, int line) implements Statement {}

    /** {@code set x} to the output of the body after filters. */
    record Capture(Target target, Optional<Expr> filter, List<Statement> body, int line)
            implements Statement {}

    record MacroDefinition(MacroShape macro, int line) implements Statement {}

    /** Calls a macro, which can call the body as {@code caller}. */
    record CallBlock(Expr.Call call, MacroShape caller, int line) implements Statement {}

    record FilterBlock(Expr filter, List<Statement> body, int line) implements Statement {}

    record With(List<Assign> assignments, List<Statement> body) implements Statement {}

    /** A named part, rendered at its position and at each call of {@code self.name()}. */
    record Block(String name, boolean scoped, List<Statement> body, int line)
            implements Statement {}

    record AutoEscape(Expr wanted, List<Statement> body, int line) implements Statement {}

    /** A statement that needs other templates, which a model file does not have. */
    record Elsewhere(String name, int line) implements Statement {}

    record Break(int line) implements Statement {}

    record Continue(int line) implements Statement {}

    record Branch(Expr condition, List<Statement> body) {}

    record Loop(boolean recursive, List<Statement> body, List<Statement> otherwise) {}

    record Parameter(String name, Optional<Expr> fallback) {}

    /**
     * A macro. It accepts arguments beyond its parameters only if its body uses them.
     *
     * @param variadic true if the body uses {@code varargs}
     * @param keyworded true if the body uses {@code kwargs}
     * @param calls true if the body uses {@code caller}
     */
    record MacroShape(
            String name,
            List<Parameter> parameters,
            List<Statement> body,
            boolean variadic,
            boolean keyworded,
            boolean calls) {}

    /** The target of an assignment. */
    sealed interface Target {
        record Variable(String name) implements Target {}

        record Unpacked(List<Target> targets) implements Target {}

        record Field(String namespace, String name) implements Target {}
    }
}
