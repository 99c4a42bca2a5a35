package tramontane.grammar.schema;

import java.util.List;
import java.util.Set;

/**
 * A set of JSON values, said as an expression; {@link Shapes} finds its {@link Forms}. Equal
 * expressions are the same object, so that recursion ends.
 */
public final class Shape {
    /** How a shape is made of others. */
    sealed interface Expression {
        record Given(Forms forms) implements Expression {}

        /** The schema at a place of the document, read when it is needed. */
        record Located(Place place) implements Expression {}

        record And(Set<Shape> parts) implements Expression {}

        record Or(Set<Shape> options) implements Expression {}

        /** Of exactly one of the options. */
        record OneOf(List<Shape> options) implements Expression {}

        record Not(Shape shape) implements Expression {}
    }

    enum Answer {
        UNKNOWN,
        UNDER_WAY,
        EMPTY,
        NOT_EMPTY
    }

    final int id;
    final Expression expression;

    // Found when first asked for. Guarded by Shapes.
    Forms forms = Forms.NONE;
    Forms values = Forms.NONE;
    boolean hasForms;
    boolean hasValues;
    boolean underWay;
    Answer emptiness = Answer.UNKNOWN;

    Shape(int id, Expression expression) {
        this.id = id;
        this.expression = expression;
    }

    @Override
    public String toString() {
        return "shape " + id;
    }
}
