package tramontane.bench;

/** Who is measured. Only one of them computes at a time. */
sealed interface Contestant extends AutoCloseable permits OwnEngine, LlamaCpp, HttpTarget {
    String name();

    Timing run(Load load);

    @Override
    void close();
}
