package tramontane.chat.jinja;

import java.util.List;
import java.util.Optional;

/** An expression of a template. */
sealed interface Expr {
    /** True if it consists only of literals. */
    default boolean isConstant() {
        return switch (this) {
            case Literal _ -> true;
            case Items(List<Expr> items) -> items.stream().allMatch(Expr::isConstant);
            case Tupled(List<Expr> items) -> items.stream().allMatch(Expr::isConstant);
            case Pairs(List<Pair> pairs) ->
                    pairs.stream()
                            .allMatch(pair -> pair.key.isConstant() && pair.value.isConstant());
            case Unary(_, Expr operand) -> operand.isConstant();
            case Binary(_, Expr left, Expr right) -> left.isConstant() && right.isConstant();
            case Filter filter ->
                    filter.value.filter(Expr::isConstant).isPresent()
                            && filter.arguments.positional.stream().allMatch(Expr::isConstant);
            case Name _,
                    Concat _,
                    Compare _,
                    And _,
                    Or _,
                    Not _,
                    Conditional _,
                    Attribute _,
                    Subscript _,
                    Slice _,
                    Call _,
                    Test _ ->
                    false;
        };
    }

    record Literal(Object value) implements Expr {}

    record Name(String name) implements Expr {}

    record Items(List<Expr> items) implements Expr {}

    record Tupled(List<Expr> items) implements Expr {}

    record Pairs(List<Pair> pairs) implements Expr {}

    record Unary(String operator, Expr operand) implements Expr {}

    record Binary(String operator, Expr left, Expr right) implements Expr {}

    record Concat(List<Expr> parts) implements Expr {}

    /** {@code a < b <= c}: each operator with its right operand. */
    record Compare(Expr first, List<Operand> rest) implements Expr {}

    record And(Expr left, Expr right) implements Expr {}

    record Or(Expr left, Expr right) implements Expr {}

    record Not(Expr operand) implements Expr {}

    record Conditional(Expr condition, Expr then, Optional<Expr> otherwise) implements Expr {}

    record Attribute(Expr target, String name) implements Expr {}

    record Subscript(Expr target, Expr key) implements Expr {}

    record Slice(Expr target, Optional<Expr> start, Optional<Expr> stop, Optional<Expr> step)
            implements Expr {}

    record Call(Expr function, CallArguments arguments, int line) implements Expr {}

    /** A placeholder: the input of the filter is the body of a block. */
    record Filter(Optional<Expr> value, String name, CallArguments arguments, int line)
            implements Expr {}

    record Test(Expr value, String name, CallArguments arguments, int line) implements Expr {}

    record Pair(Expr key, Expr value) {}

    record Operand(String operator, Expr value) {}

    record Keyword(String name, Expr value) {}

    record CallArguments(
            List<Expr> positional,
            List<Keyword> named,
            Optional<Expr> morePositional,
            Optional<Expr> moreNamed) {
        static final CallArguments NONE =
                new CallArguments(List.of(), List.of(), Optional.empty(), Optional.empty());
    }
}
