package tramontane.gguf;

/**
 * Where a metadata value lies in the file. Nothing is decoded before it is asked for: a vocabulary
 * has hundreds of thousands of strings.
 *
 * @param count bytes of a string, elements of an array, else 1
 * @param element what an array holds; elsewhere the same as {@code type}
 */
record Value(ValueType type, long offset, long count, ValueType element) {
    String description() {
        if (type != ValueType.ARRAY) {
            return type.description();
        }
        return "an array of " + count + " values, each " + element.description();
    }
}
