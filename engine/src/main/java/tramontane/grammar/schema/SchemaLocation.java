package tramontane.grammar.schema;

/**
 * A schema and its location in the document.
 *
 * @param pointer JSON pointer from the root of the document
 * @param schema the value at the location
 * @param base the base URI of the references in it
 */
record SchemaLocation(String pointer, Object schema, String base) {
    /** Locations are equal if their pointers are. */
    @Override
    public boolean equals(Object other) {
        return other instanceof SchemaLocation location && location.pointer.equals(pointer);
    }

    @Override
    public int hashCode() {
        return pointer.hashCode();
    }

    SchemaLocation under(String keyword, Object child) {
        return new SchemaLocation(pointer + "/" + escaped(keyword), child, base);
    }

    SchemaLocation within(String newBase) {
        return new SchemaLocation(pointer, schema, newBase);
    }

    private static String escaped(String key) {
        return key.replace("~", "~0").replace("/", "~1");
    }
}
