package tramontane.api;

import java.util.List;

/**
 * The documented fields this server cannot honour yet. Each is checked for its shape, passes in the
 * form that asks for nothing, and is refused by name otherwise; none is accepted and ignored.
 */
final class UnsupportedFields {
    private static final int MAX_GUARDRAILS = 64;

    private UnsupportedFields() {}

    static void check(Fields body) {
        body.nullable("guardrails")
                .ifPresent(value ->
                        value.list(MAX_GUARDRAILS)
                                .filter(guardrails -> !guardrails.isEmpty())
                                .ifPresent(guardrails ->
                                        value.notSupported(
                                                "guardrails are not supported: no moderation model is served here")));
        body.nullable("service_tier")
                .ifPresent(value -> value.oneOf(List.of("auto", "standard_only")));
        documents(body);
    }

    /** Limits on documents are kept by refusing every document, so any limit passes. */
    private static void documents(Fields body) {
        for (String name : List.of("document_image_limit", "document_page_limit")) {
            body.nullable(name).ifPresent(value -> value.integer(0, Integer.MAX_VALUE));
        }
    }
}
