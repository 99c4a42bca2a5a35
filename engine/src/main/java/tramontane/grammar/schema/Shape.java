package tramontane.grammar.schema;

import java.util.List;
import java.util.Set;

/**
 * A set of JSON values as an expression; {@link Shapes} expands it to {@link NormalForms}. Equal
 * expressions are the same object (hash consing), so that recursive schemas have finitely many
 * shapes.
 */
public final class Shape {
    /** How a shape is composed of others. */
    sealed interface Expression {
        record OfForms(NormalForms forms) implements Expression {}

        /** The schema at a location of the document, read on demand. */
        record AtLocation(SchemaLocation location) implements Expression {}

        record And(Set<Shape> parts) implements Expression {}

        record Or(Set<Shape> options) implements Expression {}

        /** Values of exactly one option. */
        record OneOf(List<Shape> options) implements Expression {}

        record Not(Shape shape) implements Expression {}
    }

    enum Answer {
        UNKNOWN,
        IN_PROGRESS,
        EMPTY,
        NOT_EMPTY
    }

    final int id;
    final Expression expression;

    // Computed on demand. Guarded by Shapes.
    NormalForms forms = NormalForms.NONE;
    NormalForms values = NormalForms.NONE;
    boolean hasForms;
    boolean hasValues;
    boolean inProgress;
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
