package tramontane.tensor;

public final class Trace {
    private Trace() {}

    public static void at(String what) {
        System.err.println(
                "TRACE "
                        + System.currentTimeMillis()
                        + " "
                        + what
                        + " ["
                        + Thread.currentThread().getName()
                        + "]");
    }
}
