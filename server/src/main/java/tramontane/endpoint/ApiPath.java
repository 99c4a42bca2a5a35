package tramontane.endpoint;

import java.util.List;

/**
 * Maps the path of a request to the one that its client meant.
 *
 * <p>Some clients expect a base URL with {@code /v1}, others without. With the wrong one they send
 * {@code /v1/v1/models}, {@code /models} or {@code //v1/models}. Each of these stands for one path
 * only, so each is served:
 *
 * <ul>
 *   <li>slashes in a row before the path's name count as one;
 *   <li>{@code /v1} may be missing or repeated;
 *   <li>a slash at the end is ignored.
 * </ul>
 *
 * What follows {@code /v1/models/} is the name of a model, which may hold any of these, and is left
 * as it is but for a slash at its end.
 */
final class ApiPath {
    static final String CHAT = "/v1/chat/completions";
    static final String FIM = "/v1/fim/completions";
    static final String EMBEDDINGS = "/v1/embeddings";
    static final String MODELS = "/v1/models";

    private static final String VERSION = "/v1";
    private static final List<String> WITH_VERSION = List.of(CHAT, FIM, EMBEDDINGS, MODELS);
    private static final List<String> WITHOUT_VERSION =
            List.of(
                    Operations.HEALTH,
                    Operations.LIVE,
                    Operations.READY,
                    Operations.METRICS,
                    Operations.DESCRIPTION,
                    Operations.LOAD);

    private ApiPath() {}

    /**
     * The path that the client meant, or {@code sent} itself if it matches nothing that is served.
     */
    static String meant(String sent) {
        String path = sent;
        boolean versioned = true;
        while (versioned) {
            path = withoutRepeatedSlash(path);
            versioned = path.equals(VERSION) || path.startsWith(VERSION + "/");
            path = versioned ? path.substring(VERSION.length()) : path;
        }
        String bare = path.isEmpty() ? "/" : path;
        if (bare.startsWith("/models/") && !withoutLastSlashes(bare).equals("/models")) {
            String name = bare.substring("/models/".length());
            return MODELS
                    + "/"
                    + (name.endsWith("/") ? name.substring(0, name.length() - 1) : name);
        }
        String plain = withoutLastSlashes(bare.replaceAll("/{2,}", "/"));
        if (WITH_VERSION.contains(VERSION + plain)) {
            return VERSION + plain;
        }
        return WITHOUT_VERSION.contains(plain) || withoutRepeatedSlash(sent).equals("/")
                ? plain
                : sent;
    }

    /** The list of paths for the 404 error. */
    static String whatThereIs() {
        return "POST "
                + CHAT
                + ", POST "
                + FIM
                + ", POST "
                + EMBEDDINGS
                + ", GET "
                + MODELS
                + ", GET /health and what GET "
                + Operations.DESCRIPTION
                + " lists";
    }

    private static String withoutRepeatedSlash(String path) {
        int from = 0;
        while (path.startsWith("//", from)) {
            from++;
        }
        return path.substring(from);
    }

    private static String withoutLastSlashes(String path) {
        int to = path.length();
        while (to > 1 && path.charAt(to - 1) == '/') {
            to--;
        }
        return path.substring(0, to);
    }
}
