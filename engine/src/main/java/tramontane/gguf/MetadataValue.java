package tramontane.gguf;

/**
 * The position of a metadata value in the file. A value is decoded when it is requested, because a
 * vocabulary has hundreds of thousands of strings.
 *
 * @param count bytes of a string, elements of an array, otherwise 1
 * @param element type of an array's elements, otherwise the same as {@code type}
 */
record MetadataValue(ValueType type, long offset, long count, ValueType element) {
    String description() {
        if (type != ValueType.ARRAY) {
            return type.description();
        }
        return "an array of " + count + " values, each " + element.description();
    }
}
