package tramontane.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import tramontane.store.Database;

/**
 * Sums the ledger's rows by groups.
 *
 * @param sinceMillis the first moment that counts, since 1970
 * @param untilMillis the first moment that does not count any more
 */
public record UsageQuery(List<Group> by, long sinceMillis, long untilMillis) {
    private static final long DAY_MILLIS = TimeUnit.DAYS.toMillis(1);

    /** What rows are grouped by. */
    public enum Group {
        KEY("key_id"),
        /** Keys that were deleted since have none. */
        NAME("(SELECT name FROM api_key WHERE api_key.id = ledger.key_id)"),
        MODEL("served_model"),
        /** In UTC, so that a day is the same wherever the command runs. */
        DAY("began_ms / " + DAY_MILLIS);

        private final String expression;

        Group(String expression) {
            this.expression = expression;
        }

        public String title() {
            return name().toLowerCase(Locale.ROOT);
        }

        private String text(ResultSet rows, int column) throws SQLException {
            if (this == DAY) {
                return LocalDate.ofEpochDay(rows.getLong(column)).toString();
            }
            // A request that was refused has no served model, and a key of the settings no name.
            String value = rows.getString(column);
            return value == null ? "-" : value;
        }
    }

    /**
     * The sums of one group.
     *
     * @param group a value for each of the query's groups
     * @param finished requests that were answered in full
     */
    public record Sum(
            List<String> group,
            long requests,
            long finished,
            long promptTokens,
            long cachedTokens,
            long completionTokens,
            long thinkingTokens) {
        public Sum {
            group = List.copyOf(group);
        }
    }

    public UsageQuery {
        by = List.copyOf(by);
    }

    /** One sum for each group, sorted by the groups. */
    public List<Sum> run(Database database) throws SQLException {
        String groups = by.stream().map(each -> each.expression).collect(Collectors.joining(", "));
        // By number, since PostgreSQL cannot group by a query.
        String columns =
                IntStream.rangeClosed(1, by.size())
                        .mapToObj(Integer::toString)
                        .collect(Collectors.joining(", "));
        String sql =
                "SELECT "
                        + groups
                        + ", count(*), sum(CASE WHEN outcome = 'finished' THEN 1 ELSE 0 END),"
                        + " coalesce(sum(prompt_tokens), 0), coalesce(sum(cached_tokens), 0),"
                        + " coalesce(sum(completion_tokens), 0), coalesce(sum(thinking_tokens), 0)"
                        + " FROM ledger WHERE began_ms >= ? AND began_ms < ? GROUP BY "
                        + columns
                        + " ORDER BY "
                        + columns;
        List<Sum> sums = new ArrayList<>();
        try (Connection connection = database.connect();
                PreparedStatement query = connection.prepareStatement(sql)) {
            query.setLong(1, sinceMillis);
            query.setLong(2, untilMillis);
            try (ResultSet rows = query.executeQuery()) {
                while (rows.next()) {
                    sums.add(sum(rows));
                }
            }
        }
        return sums;
    }

    private Sum sum(ResultSet rows) throws SQLException {
        List<String> group = new ArrayList<>();
        for (int i = 0; i < by.size(); i++) {
            group.add(by.get(i).text(rows, i + 1));
        }
        int next = by.size() + 1;
        return new Sum(
                group,
                rows.getLong(next),
                rows.getLong(next + 1),
                rows.getLong(next + 2),
                rows.getLong(next + 3),
                rows.getLong(next + 4),
                rows.getLong(next + 5));
    }
}
