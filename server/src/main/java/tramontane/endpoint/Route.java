package tramontane.endpoint;

import java.util.Arrays;

/**
 * The paths that are served, for metrics, logs and the API description. A path that varies has a
 * placeholder.
 */
public enum Route {
    CHAT(ApiPath.CHAT),
    FIM(ApiPath.FIM),
    EMBEDDINGS(ApiPath.EMBEDDINGS),
    MODELS(ApiPath.MODELS),
    MODEL(ApiPath.MODELS + "/{model_id}"),
    HEALTH(Operations.HEALTH),
    LIVE(Operations.LIVE),
    READY(Operations.READY),
    METRICS(Operations.METRICS),
    DESCRIPTION(Operations.DESCRIPTION),
    LOAD(Operations.LOAD),
    KEYS(KeyReport.PATH),
    IMAGES(ImageRules.PATH),
    INSPECT(Extensions.ROOT + "inspect"),
    REQUEST_EVENTS(Extensions.ROOT + "requests/events"),
    REQUESTS(Extensions.ROOT + "requests"),
    REQUEST(Extensions.ROOT + "requests/{request_id}"),
    PAGE("/"),
    PAGE_FILE("/playground/{file}"),
    /** Everything else. */
    NONE("none");

    private final String pattern;
    private final String fixed;

    Route(String pattern) {
        this.pattern = pattern;
        this.fixed = pattern.replaceAll("\\{.*", "");
    }

    /** The path, with its placeholder. */
    public String pattern() {
        return pattern;
    }

    /**
     * The route of a path.
     *
     * @param path as {@link ApiPath#meant} returns it
     */
    static Route of(String path) {
        return Arrays.stream(values())
                .filter(route -> route.matches(path))
                .findFirst()
                .orElse(NONE);
    }

    private boolean matches(String path) {
        return fixed.equals(pattern)
                ? path.equals(fixed)
                : path.startsWith(fixed) && path.length() > fixed.length();
    }
}
