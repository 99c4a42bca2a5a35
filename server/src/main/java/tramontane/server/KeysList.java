package tramontane.server;

import java.io.PrintWriter;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.access.KeyLimits;
import tramontane.access.KeyTable;
import tramontane.access.StoredKey;
import tramontane.api.FieldSet;
import tramontane.store.DatabaseUrl;

/** {@code keys list}. */
@Command(
        name = "list",
        description = "The keys, with their limits and when each was last used. Times are UTC.",
        mixinStandardHelpOptions = true)
final class KeysList implements Callable<Integer> {
    private static final String ROW = "%-16s  %-20s  %-8s  %-16s  %-16s  %s%n";
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT).withZone(ZoneOffset.UTC);

    /** The forms of the list. */
    enum Format {
        TABLE,
        JSON
    }

    @Mixin private LedgerAddress database = new LedgerAddress();

    @Option(names = "--all", description = "Revoked keys as well.")
    private boolean all;

    @Option(
            names = "--format",
            defaultValue = "table",
            paramLabel = "FORMAT",
            description = "table or json (default: ${DEFAULT-VALUE}).")
    private Format format = Format.TABLE;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Override
    public Integer call() throws Complaint {
        DatabaseUrl url = Keys.url(database);
        List<StoredKey> keys =
                (LedgerAddress.isMissing(url)
                                ? List.<StoredKey>of()
                                : Keys.inTable(url, KeyTable::all))
                        .stream().filter(key -> all || !key.isRevoked()).toList();
        long now = System.currentTimeMillis();
        PrintWriter out = spec.commandLine().getOut();
        switch (format) {
            case TABLE -> table(keys, now, out);
            case JSON -> {
                ArrayNode list = JsonNodeFactory.instance.arrayNode();
                keys.forEach(key -> list.add(json(key, now)));
                out.println(
                        JsonMapper.shared()
                                .writerWithDefaultPrettyPrinter()
                                .writeValueAsString(list));
            }
        }
        out.flush();
        return 0;
    }

    private static void table(List<StoredKey> keys, long now, PrintWriter out) {
        if (keys.isEmpty()) {
            out.println(
                    CommandName.in("There are no keys; ./tramontane keys create NAME makes one."));
            return;
        }
        out.printf(ROW, "ID", "NAME", "STATE", "EXPIRES", "LAST USED", "MODELS AND LIMITS");
        for (StoredKey key : keys) {
            out.printf(
                    ROW,
                    key.id(),
                    key.name(),
                    state(key, now),
                    key.lifetime().expiresMillis().map(KeysList::time).orElse("never"),
                    key.lifetime().lastUsedMillis().map(KeysList::time).orElse("never"),
                    rest(key));
        }
    }

    private static String state(StoredKey key, long now) {
        return key.isRevoked() ? "revoked" : key.isExpired(now) ? "expired" : "valid";
    }

    private static String time(long millis) {
        return TIME.format(Instant.ofEpochMilli(millis));
    }

    private static String rest(StoredKey key) {
        List<String> parts = new ArrayList<>();
        if (key.scope().admin()) {
            parts.add("admin");
        }
        if (key.scope().fields() == FieldSet.WITH_OPENAI) {
            parts.add("OpenAI's fields");
        }
        if (!key.scope().models().isEmpty()) {
            parts.add("only " + String.join(",", new TreeSet<>(key.scope().models())));
        }
        String limits = limits(key.limits());
        if (parts.isEmpty() || !key.limits().equals(KeyLimits.NONE)) {
            parts.add(limits);
        }
        return String.join("; ", parts);
    }

    /** Limits in words. */
    static String limits(KeyLimits limits) {
        List<String> parts = new ArrayList<>();
        limits.requestsPerMinute().ifPresent(limit -> parts.add(limit + " requests/min"));
        limits.tokensPerMinute().ifPresent(limit -> parts.add(limit + " tokens/min"));
        limits.tokensPerMonth().ifPresent(limit -> parts.add(limit + " tokens/month"));
        limits.concurrent().ifPresent(limit -> parts.add(limit + " at a time"));
        return parts.isEmpty() ? "no limits" : String.join("; ", parts);
    }

    private static ObjectNode json(StoredKey key, long now) {
        ObjectNode node = JsonNodeFactory.instance.objectNode();
        node.put("id", key.id()).put("name", key.name()).put("state", state(key, now));
        ArrayNode models = node.putArray("models");
        new TreeSet<>(key.scope().models()).forEach(models::add);
        node.put("admin", key.scope().admin());
        node.put("openai_fields", key.scope().fields() == FieldSet.WITH_OPENAI);
        put(node, "created", Optional.of(key.lifetime().createdMillis()));
        put(node, "expires", key.lifetime().expiresMillis());
        put(node, "revoked", key.lifetime().revokedMillis());
        put(node, "last_used", key.lifetime().lastUsedMillis());
        node.put("requests_per_minute", key.limits().requestsPerMinute().orElse(null));
        node.put("tokens_per_minute", key.limits().tokensPerMinute().orElse(null));
        node.put("tokens_per_month", key.limits().tokensPerMonth().orElse(null));
        return node.put("concurrent", key.limits().concurrent().orElse(null));
    }

    private static void put(ObjectNode node, String name, Optional<Long> millis) {
        node.put(name, millis.map(value -> Instant.ofEpochMilli(value).toString()).orElse(null));
    }
}
