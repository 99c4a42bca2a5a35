package tramontane.store;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What tests read from a database, each time with a connection of their own. */
public final class Rows {
    private Rows() {}

    /** Every row as a map of its columns, all of them as text; null as the word. */
    public static List<Map<String, String>> of(DatabaseUrl url, String sql)
            throws SQLException, StoreException {
        try (Connection connection = Database.open(url).connect();
                Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            List<Map<String, String>> all = new ArrayList<>();
            while (rows.next()) {
                Map<String, String> row = new LinkedHashMap<>();
                for (int i = 1; i <= rows.getMetaData().getColumnCount(); i++) {
                    row.put(
                            rows.getMetaData().getColumnLabel(i),
                            String.valueOf(rows.getString(i)));
                }
                all.add(row);
            }
            return all;
        }
    }

    public static void change(DatabaseUrl url, String sql) throws SQLException, StoreException {
        try (Connection connection = Database.open(url).connect();
                Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }
}
