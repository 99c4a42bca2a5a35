package tramontane.access;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tramontane.api.FieldSet;
import tramontane.store.Database;
import tramontane.store.DatabaseKind;
import tramontane.store.DatabaseUrl;
import tramontane.store.Rows;

class KeyTableTest {
    @TempDir Path folder;

    private static StoredKey key(String id, String name) {
        return new StoredKey(
                id,
                name,
                new StoredKey.Secret(ApiKey.sha256(id), Optional.empty()),
                new StoredKey.Lifetime(5, Optional.of(9_000L), Optional.empty(), Optional.empty()),
                new StoredKey.Scope(Set.of("a", "b"), true, FieldSet.WITH_OPENAI),
                new KeyLimits(Optional.of(1L), Optional.empty(), Optional.of(3L), Optional.of(4L)));
    }

    @ParameterizedTest
    @EnumSource
    void whatIsWrittenIsRead(DatabaseKind kind) throws Exception {
        try (Connection connection = Database.open(kind.url(folder)).connect()) {
            KeyTable table = new KeyTable(connection);
            StoredKey open =
                    new StoredKey(
                            "key_2",
                            "open",
                            new StoredKey.Secret(ApiKey.sha256("2"), Optional.empty()),
                            new StoredKey.Lifetime(
                                    6, Optional.empty(), Optional.empty(), Optional.empty()),
                            new StoredKey.Scope(Set.of(), false, FieldSet.MISTRAL),
                            KeyLimits.NONE);
            assertThat(table.create(key("key_1", "full"))).isTrue();
            assertThat(table.create(open)).isTrue();
            assertThat(table.all()).containsExactly(key("key_1", "full"), open);
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyChangeIsSeenByTheVersion(DatabaseKind kind) throws Exception {
        Database database = Database.open(kind.url(folder));
        try (Connection connection = database.connect();
                Connection other = database.connect()) {
            KeyTable table = new KeyTable(connection);
            KeyTable server = new KeyTable(other);
            long version = server.version();
            assertThat(table.create(key("key_1", "alice"))).isTrue();
            assertThat(server.version()).isGreaterThan(version);
            version = server.version();
            KeyLimits limits =
                    new KeyLimits(
                            Optional.empty(), Optional.of(2L), Optional.of(30L), Optional.empty());
            assertThat(table.limit("key_1", limits)).isTrue();
            assertThat(server.version()).isGreaterThan(version);
            assertThat(server.all().getFirst().limits()).isEqualTo(limits);
            assertThat(table.limit("key_0", limits)).isFalse();
            version = server.version();
            assertThat(table.rotate("key_1", "new sum", Optional.of(7_000L))).isTrue();
            assertThat(server.version()).isGreaterThan(version);
            assertThat(server.all().getFirst().secret())
                    .isEqualTo(
                            new StoredKey.Secret(
                                    "new sum",
                                    Optional.of(
                                            new StoredKey.Previous(
                                                    ApiKey.sha256("key_1"), 7_000))));
            assertThat(table.rotate("key_1", "newer", Optional.empty())).isTrue();
            assertThat(server.all().getFirst().secret())
                    .isEqualTo(new StoredKey.Secret("newer", Optional.empty()));
            version = server.version();
            assertThat(table.revoke("key_1", 8_000)).isTrue();
            assertThat(server.version()).isGreaterThan(version);
            assertThat(server.all().getFirst().isRevoked()).isTrue();
            assertThat(table.revoke("key_1", 8_000)).as("again").isFalse();
            assertThat(table.rotate("key_1", "newest", Optional.empty())).isFalse();
            version = server.version();
            server.used(Map.of("key_1", 77L));
            server.used(Map.of("key_1", 66L));
            assertThat(server.version()).isEqualTo(version);
            assertThat(table.all().getFirst().lifetime().lastUsedMillis()).contains(77L);
            assertThat(table.prune(8_500)).isEqualTo(1);
            assertThat(server.all()).isEmpty();
        }
    }

    @ParameterizedTest
    @EnumSource
    void onlyExpiredAndRevokedKeysArePruned(DatabaseKind kind) throws Exception {
        DatabaseUrl url = kind.url(folder);
        try (Connection connection = Database.open(url).connect()) {
            KeyTable table = new KeyTable(connection);
            assertThat(table.create(key("key_1", "alice"))).isTrue();
            for (String key : List.of("key_1", "key_2")) {
                try (Statement insert = connection.createStatement()) {
                    insert.execute(
                            "INSERT INTO key_use (key_id, requests, tokens, at_us, month, month_tokens, running)"
                                    + " VALUES ('"
                                    + key
                                    + "', 0, 0, 0, 0, 0, 0)");
                    insert.execute(
                            "INSERT INTO key_month (key_id, month, tokens) VALUES ('"
                                    + key
                                    + "', 202611, 7)");
                }
            }
            assertThat(table.prune(8_999)).isZero();
            assertThat(Rows.of(url, "SELECT key_id FROM key_use"))
                    .as("what was counted of keys that are gone goes as well")
                    .containsExactly(Map.of("key_id", "key_1"));
            assertThat(table.prune(9_000)).isEqualTo(1);
            for (String counts : List.of("key_use", "key_month")) {
                assertThat(Rows.of(url, "SELECT * FROM " + counts)).isEmpty();
            }
        }
    }

    /** Two people who create keys with one name at the same time do not both get one. */
    @ParameterizedTest
    @EnumSource
    void aNameBelongsToOneKeyUntilItIsRevoked(DatabaseKind kind) throws Exception {
        Database database = Database.open(kind.url(folder));
        List<Callable<Boolean>> creators =
                IntStream.range(0, 8)
                        .<Callable<Boolean>>mapToObj(each ->
                                () -> {
                                    try (Connection connection = database.connect()) {
                                        return new KeyTable(connection)
                                                .create(key("key_" + each, "alice"));
                                    }
                                })
                        .toList();
        int created = 0;
        try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
            for (Future<Boolean> each : threads.invokeAll(creators)) {
                created += each.get() ? 1 : 0;
            }
        }
        assertThat(created).isEqualTo(1);
        try (Connection connection = database.connect()) {
            KeyTable table = new KeyTable(connection);
            assertThat(table.revoke(table.all().getFirst().id(), 1)).isTrue();
            assertThat(table.create(key("key_9", "alice"))).isTrue();
        }
    }
}
