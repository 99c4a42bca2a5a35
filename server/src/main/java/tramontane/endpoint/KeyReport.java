package tramontane.endpoint;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.access.StoredKey;
import tramontane.api.FieldSet;
import tramontane.limit.KeyUse;
import tramontane.limit.RateLimits;

/** {@code GET /tramontane/keys}: every key with its limits and their use. */
final class KeyReport {
    static final String PATH = Extensions.ROOT + "keys";

    private KeyReport() {}

    static ObjectNode of(List<StoredKey> keys, RateLimits limits) {
        ObjectNode report = JsonNodeFactory.instance.objectNode().put("object", "list");
        ArrayNode data = report.putArray("data");
        Map<String, KeyUse> uses =
                limits.uses(
                        keys.stream().collect(Collectors.toMap(StoredKey::id, StoredKey::limits)));
        for (StoredKey key : keys) {
            ObjectNode node = data.addObject();
            node.put("object", "key").put("id", key.id()).put("name", key.name());
            put(node, key.scope(), key.lifetime());
            ObjectNode all = node.putObject("limits");
            put(all, "requests_per_minute", key.limits().requestsPerMinute());
            put(all, "tokens_per_minute", key.limits().tokensPerMinute());
            put(all, "tokens_per_month", key.limits().tokensPerMonth());
            put(all, "concurrent", key.limits().concurrent());
            Optional.ofNullable(uses.get(key.id()))
                    .ifPresentOrElse(use -> put(node, use), () -> node.putNull("left"));
        }
        return report;
    }

    private static void put(ObjectNode node, StoredKey.Scope scope, StoredKey.Lifetime lifetime) {
        ArrayNode models = node.putArray("models");
        new TreeSet<>(scope.models()).forEach(models::add);
        node.put("admin", scope.admin())
                .put("openai_fields", scope.fields() == FieldSet.WITH_OPENAI)
                .put("created_ms", lifetime.createdMillis());
        put(node, "expires_ms", lifetime.expiresMillis());
        put(node, "revoked_ms", lifetime.revokedMillis());
    }

    private static void put(ObjectNode node, KeyUse use) {
        ObjectNode left = node.putObject("left");
        put(left, "requests", use.requestsLeft());
        put(left, "tokens", use.tokensLeft());
        put(left, "month_tokens", use.monthTokensLeft());
        left.put("running", use.running());
    }

    private static void put(ObjectNode node, String name, Optional<Long> value) {
        node.put(name, value.orElse(null));
    }
}
