package tramontane.store;

import java.sql.PreparedStatement;
import java.sql.SQLException;

/** Prepares statements, on a connection of its own or on one that was lent. */
@FunctionalInterface
public interface Statements {
    PreparedStatement prepare(String sql) throws SQLException;
}
