package tramontane.grammar.schema;

/**
 * Where a schema stands.
 *
 * @param pointer JSON pointer from the root of the document
 * @param schema what stands there
 * @param base the URI that references within it are relative to
 */
record Place(String pointer, Object schema, String base) {
    /** Two schemas at one place are one. */
    @Override
    public boolean equals(Object other) {
        return other instanceof Place place && place.pointer.equals(pointer);
    }

    @Override
    public int hashCode() {
        return pointer.hashCode();
    }

    Place under(String keyword, Object child) {
        return new Place(pointer + "/" + escaped(keyword), child, base);
    }

    Place within(String newBase) {
        return new Place(pointer, schema, newBase);
    }

    private static String escaped(String key) {
        return key.replace("~", "~0").replace("/", "~1");
    }
}
