package tramontane.ledger;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import tramontane.store.Database;

/**
 * A row of the ledger, with what is needed to run its request again.
 *
 * @param modelSum of the model's file
 * @param encoderSum of the file that encoded the images, if the request has any
 */
public record RecordedRequest(
        LedgerRow.Origin origin,
        String outcome,
        Optional<LedgerRow.Served> served,
        LedgerRow.Hashes hashes,
        Optional<String> modelSum,
        Optional<String> encoderSum,
        Optional<LedgerRow.Text> text) {

    /** The request with this id; empty if the ledger has none. */
    public static Optional<RecordedRequest> find(Database database, String id) throws SQLException {
        try (Connection connection = database.connect();
                PreparedStatement query =
                        connection.prepareStatement(
                                "SELECT ledger.*, request, answer FROM ledger"
                                        + " LEFT JOIN ledger_text ON ledger_text.id = ledger.id"
                                        + " WHERE ledger.id = ?")) {
            query.setString(1, id);
            try (ResultSet row = query.executeQuery()) {
                return row.next() ? Optional.of(read(id, row)) : Optional.empty();
            }
        }
    }

    private static RecordedRequest read(String id, ResultSet row) throws SQLException {
        Optional<String> model = text(row, "served_model");
        int context = row.getInt("context_tokens");
        long seed = row.getLong("seed");
        byte[] request = row.getBytes("request");
        Optional<byte[]> answer = Optional.ofNullable(row.getBytes("answer"));
        return new RecordedRequest(
                new LedgerRow.Origin(
                        id,
                        row.getLong("began_ms"),
                        row.getString("key_id"),
                        row.getString("path")),
                row.getString("outcome"),
                model.map(name -> new LedgerRow.Served(name, context, seed)),
                new LedgerRow.Hashes(text(row, "request_sha256"), text(row, "answer_sha256")),
                text(row, "model_sha256"),
                text(row, "encoder_sha256"),
                Optional.ofNullable(request).map(body -> new LedgerRow.Text(body, answer)));
    }

    private static Optional<String> text(ResultSet row, String column) throws SQLException {
        return Optional.ofNullable(row.getString(column));
    }
}
