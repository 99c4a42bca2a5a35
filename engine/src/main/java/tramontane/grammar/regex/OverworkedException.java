package tramontane.grammar.regex;

/** The schemas of a request take more {@link Work} than one request may. */
public final class OverworkedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    OverworkedException() {
        super(
                "takes too much work together with the other schemas of the request; make it smaller");
    }
}
