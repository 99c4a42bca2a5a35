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

    /** {@code set x} to what the body writes, seen through filters. */
    record Capture(Target target, Optional<Expr> filter, List<Statement> body, int line)
            implements Statement {}

    record MacroDefinition(MacroShape macro, int line) implements Statement {}

    /** Calls a macro that may call the body back as {@code caller}. */
    record CallBlock(Expr.Call call, MacroShape caller, int line) implements Statement {}

    record FilterBlock(Expr filter, List<Statement> body, int line) implements Statement {}

    record With(List<Assign> assignments, List<Statement> body) implements Statement {}

    /** A part with a name, written where it stands and wherever {@code self.name()} is called. */
    record Block(String name, boolean scoped, List<Statement> body, int line)
            implements Statement {}

    record AutoEscape(Expr wanted, List<Statement> body, int line) implements Statement {}

    /** A statement that would need other templates, of which a model file has none. */
    record Elsewhere(String name, int line) implements Statement {}

    record Break(int line) implements Statement {}

    record Continue(int line) implements Statement {}

    record Branch(Expr condition, List<Statement> body) {}

    record Loop(boolean recursive, List<Statement> body, List<Statement> otherwise) {}

    record Parameter(String name, Optional<Expr> fallback) {}

    /**
     * A macro takes arguments beyond its parameters only where its body speaks of them.
     *
     * @param variadic whether the body names {@code varargs}
     * @param keyworded whether the body names {@code kwargs}
     * @param calls whether the body names {@code caller}
     */
    record MacroShape(
            String name,
            List<Parameter> parameters,
            List<Statement> body,
            boolean variadic,
            boolean keyworded,
            boolean calls) {}

    /** What a value is assigned to. */
    sealed interface Target {
        record Variable(String name) implements Target {}

        record Unpacked(List<Target> targets) implements Target {}

        record Field(String namespace, String name) implements Target {}
    }
}
