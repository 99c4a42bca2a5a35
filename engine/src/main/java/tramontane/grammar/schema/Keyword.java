package tramontane.grammar.schema;

/**
 * One row of the table in {@link Keywords}: a keyword of JSON Schema and how it is treated.
 *
 * @param holds the sub-schemas that its value contains
 * @param since the first draft that knows it; earlier drafts ignore it
 * @param readBy the class that reads or refuses it
 * @param narrowing what happens when its sub-schemas accept fewer values
 * @param refusal why it is refused; empty if it is not
 */
public record Keyword(
        String name,
        Holds holds,
        String since,
        ReadBy readBy,
        Narrowing narrowing,
        String refusal) {

    /** The sub-schemas in the value of a keyword. */
    public enum Holds {
        NOTHING,
        SCHEMA,
        LIST,
        /** A schema or a list of schemas. */
        EITHER,
        /** A map of names to schemas that apply to the value or its parts. */
        NAMED,
        /** A map of names to schemas that apply only where a reference leads to them. */
        DEFINITIONS
    }

    /** The class that reads a keyword. */
    public enum ReadBy {
        ASSERTIONS("`Assertions`"),
        READER("`SchemaReader`"),
        UNEVALUATED("`Unevaluated`"),
        REFERENCES("`References`"),
        DRAFT("`Draft`"),
        /** An annotation: it does not restrict values. */
        NOBODY("annotation"),
        REFUSAL("refused");

        private final String description;

        ReadBy(String description) {
            this.description = description;
        }

        /** The entry in the table of docs/GRAMMAR.md. */
        String description() {
            return description;
        }
    }

    /** What a keyword means for closing objects to properties that they do not name. */
    public enum Narrowing {
        /** The keyword has no effect on it. */
        NEUTRAL,
        /** If the sub-schemas accept fewer values, so does the whole schema. */
        INSIDE,
        /** The object may need properties that it does not name. */
        OPENS,
        /** {@link #INSIDE} and {@link #OPENS}. */
        INSIDE_AND_OPENS,
        /** If the sub-schemas accept fewer values, the whole schema may accept others or none. */
        UNSAFE
    }

    /** A keyword without sub-schemas that all drafts know. */
    static Keyword of(String name, ReadBy readBy) {
        return new Keyword(name, Holds.NOTHING, "3", readBy, Narrowing.NEUTRAL, "");
    }

    static Keyword refused(String name, String reason) {
        return new Keyword(name, Holds.NOTHING, "3", ReadBy.REFUSAL, Narrowing.NEUTRAL, reason);
    }

    Keyword holding(Holds newHolds) {
        return new Keyword(name, newHolds, since, readBy, narrowing, refusal);
    }

    Keyword from(String draft) {
        return new Keyword(name, holds, draft, readBy, narrowing, refusal);
    }

    Keyword narrows(Narrowing newNarrowing) {
        return new Keyword(name, holds, since, readBy, newNarrowing, refusal);
    }

    /** True when closing objects may continue in the sub-schemas. */
    public boolean isSafeInside() {
        return narrowing == Narrowing.INSIDE || narrowing == Narrowing.INSIDE_AND_OPENS;
    }

    /** True when an object with this keyword may need properties that it does not name. */
    public boolean opensObjects() {
        return narrowing == Narrowing.OPENS || narrowing == Narrowing.INSIDE_AND_OPENS;
    }

    /** True when a schema with this keyword cannot be narrowed part by part. */
    public boolean isUnsafe() {
        return narrowing == Narrowing.UNSAFE;
    }
}
