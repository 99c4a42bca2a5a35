package tramontane.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The SQL that writes rows. A row whose id is there already is left as it is. */
final class LedgerInsert {
    private static final List<String> COLUMNS =
            List.of(
                    "id",
                    "began_ms",
                    "key_id",
                    "path",
                    "model",
                    "served_model",
                    "streamed",
                    "outcome",
                    "http_status",
                    "error_type",
                    "finish_reasons",
                    "queue_ms",
                    "first_token_ms",
                    "total_ms",
                    "prompt_tokens",
                    "cached_tokens",
                    "completion_tokens",
                    "thinking_tokens",
                    "accepted_draft_tokens",
                    "rejected_draft_tokens",
                    "context_tokens",
                    "seed",
                    "parameters",
                    "request_sha256",
                    "answer_sha256",
                    "images",
                    "model_sha256",
                    "encoder_sha256");

    private static final String ROW =
            "INSERT INTO ledger ("
                    + String.join(", ", COLUMNS)
                    + ") VALUES ("
                    + Stream.generate(() -> "?")
                            .limit(COLUMNS.size())
                            .collect(Collectors.joining(", "))
                    + ") ON CONFLICT (id) DO NOTHING";

    private static final String TEXT =
            "INSERT INTO ledger_text (id, request, answer) VALUES (?, ?, ?) ON CONFLICT (id) DO NOTHING";

    private LedgerInsert() {}

    /** Writes rows in one transaction. */
    static void write(Connection connection, List<LedgerRow> rows, ModelSums sums)
            throws SQLException {
        connection.setAutoCommit(false);
        try (PreparedStatement insert = connection.prepareStatement(ROW);
                PreparedStatement text = connection.prepareStatement(TEXT)) {
            boolean hasText = false;
            for (LedgerRow row : rows) {
                bind(insert, row, sums);
                insert.addBatch();
                if (row.text().isPresent()) {
                    bind(text, row.origin().id(), row.text().get());
                    text.addBatch();
                    hasText = true;
                }
            }
            insert.executeBatch();
            if (hasText) {
                text.executeBatch();
            }
        }
        connection.setAutoCommit(true); // Commits; see Database.connect.
    }

    private static void bind(PreparedStatement insert, LedgerRow row, ModelSums sums)
            throws SQLException {
        Optional<LedgerRow.Served> served = row.served();
        LedgerRow.Outcome outcome = row.outcome();
        Optional<LedgerRow.Tokens> tokens = row.tokens();
        Optional<FileSums> files = served.flatMap(each -> sums.of(each.model()));
        @Nullable Object[] values = {
            row.origin().id(),
            row.origin().beganMillis(),
            row.origin().keyId(),
            clean(row.origin().path()),
            row.request().model().map(LedgerInsert::clean).orElse(null),
            served.map(LedgerRow.Served::model).orElse(null),
            row.request().streamed().orElse(null),
            outcome.ending().columnValue(),
            outcome.status().orElse(null),
            outcome.errorType().orElse(null),
            String.join(",", outcome.finishReasons()),
            boxed(outcome.times().queue()),
            boxed(outcome.times().firstToken()),
            outcome.times().total(),
            tokens.map(LedgerRow.Tokens::prompt).orElse(null),
            tokens.map(LedgerRow.Tokens::cached).orElse(null),
            tokens.map(LedgerRow.Tokens::completion).orElse(null),
            tokens.flatMap(LedgerRow.Tokens::thinking).orElse(null),
            tokens.map(LedgerRow.Tokens::acceptedDrafts).orElse(null),
            tokens.map(LedgerRow.Tokens::rejectedDrafts).orElse(null),
            served.map(LedgerRow.Served::contextTokens).orElse(null),
            served.map(LedgerRow.Served::seed).orElse(null),
            row.request().parameters().orElse(null),
            row.hashes().request().orElse(null),
            row.hashes().answer().orElse(null),
            row.request().images().orElse(null),
            files.map(FileSums::model).orElse(null),
            files.filter(_ -> row.request().hasImages()).flatMap(FileSums::encoder).orElse(null),
        };
        for (int i = 0; i < values.length; i++) {
            insert.setObject(i + 1, values[i]);
        }
    }

    private static void bind(PreparedStatement insert, String id, LedgerRow.Text text)
            throws SQLException {
        insert.setString(1, id);
        insert.setBytes(2, text.request());
        insert.setBytes(3, text.answer().orElse(null));
    }

    private static @Nullable Double boxed(OptionalDouble value) {
        return value.isPresent() ? value.getAsDouble() : null;
    }

    /**
     * PostgreSQL's texts contain neither U+0000 nor half of a surrogate pair, and a client's may: a
     * row that can never be written would block all others.
     */
    private static String clean(String text) {
        return text.codePoints()
                .map(each ->
                        each == 0
                                        || each >= Character.MIN_SURROGATE
                                                && each <= Character.MAX_SURROGATE
                                ? 0xFFFD
                                : each)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }
}
