package tramontane.grammar;

/** Stands for a scalar that nobody asked to keep. */
enum Scalar {
    NONE
}
