package tramontane.packed;

/**
 * Something other than a matrix in a file of packed weights.
 *
 * @param name what it is, for who keeps it
 * @param offset in the file
 * @param sum CRC32C
 */
record StoredBytes(String name, long offset, int bytes, int sum) {}
