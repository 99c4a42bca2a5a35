package tramontane.api;

import java.util.List;

/**
 * Documented fields that this server does not support yet. Each is validated, accepted with a value
 * that asks for nothing, and otherwise refused by name: none is ignored.
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

    /** Every document is refused, so any limit on documents is satisfied. */
    private static void documents(Fields body) {
        for (String name : List.of("document_image_limit", "document_page_limit")) {
            body.nullable(name).ifPresent(value -> value.integer(0, Integer.MAX_VALUE));
        }
    }
}
