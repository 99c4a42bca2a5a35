package tramontane.store;

import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tramontane.config.PasswordMask;

/** Parses addresses of databases. */
final class AddressParser {
    /** A single letter would be a drive of Windows. */
    private static final Pattern SCHEME =
            Pattern.compile("([a-zA-Z][a-zA-Z0-9+.-]+):.*", Pattern.DOTALL);

    /**
     * A server that stops answering must not block a thread forever, and errors must not repeat the
     * values of a row.
     */
    private static final Map<String, String> POSTGRES_SETTINGS =
            Map.of(
                    "logServerErrorDetail", "false",
                    "connectTimeout", "5",
                    "socketTimeout", "30",
                    "tcpKeepAlive", "true",
                    "ApplicationName", "tramontane");

    private AddressParser() {}

    static DatabaseUrl parse(String text, Map<String, String> environment) throws StoreException {
        Matcher scheme = SCHEME.matcher(text);
        if (!scheme.matches()) {
            return sqlite(text);
        }
        return switch (scheme.group(1)) {
            case "sqlite" -> sqlite(text.substring("sqlite:".length()));
            case "postgresql", "postgres" -> postgres(text, environment);
            default ->
                    throw new StoreException(
                            "a database is a path, sqlite:PATH or postgresql://USER@HOST/NAME; "
                                    + scheme.group(1)
                                    + ": is not supported");
        };
    }

    private static DatabaseUrl sqlite(String text) throws StoreException {
        if (text.isBlank()) {
            throw new StoreException("the path of the database is empty");
        }
        if (text.contains("?")) {
            throw new StoreException(
                    "the path of an SQLite database cannot contain a question mark: "
                            + PasswordMask.in(text));
        }
        try {
            return new DatabaseUrl.Sqlite(Path.of(text).toAbsolutePath());
        } catch (InvalidPathException e) {
            throw new StoreException(text + " is not a path: " + e.getReason(), e);
        }
    }

    private static DatabaseUrl postgres(String text, Map<String, String> environment)
            throws StoreException {
        URI uri;
        try {
            uri = URI.create(text);
        } catch (IllegalArgumentException _) {
            // Its message repeats the address, which may contain a password.
            throw notPostgres();
        }
        String path = Optional.ofNullable(uri.getRawPath()).orElse("");
        if (uri.getHost() == null || path.length() < 2) {
            throw notPostgres();
        }
        String server = uri.getHost() + (uri.getPort() < 0 ? "" : ":" + uri.getPort());
        String query = Optional.ofNullable(uri.getRawQuery()).orElse("");
        String[] login = Optional.ofNullable(uri.getRawUserInfo()).orElse("").split(":", 2);
        Optional<String> user =
                login[0].isEmpty()
                        ? variable(environment, "PGUSER")
                        : Optional.of(decode(login[0]));
        Optional<String> password =
                login.length > 1
                        ? Optional.of(decode(login[1]))
                        : variable(environment, "PGPASSWORD");
        Map<String, String> settings = new HashMap<>();
        POSTGRES_SETTINGS.forEach((name, value) -> {
            if (!("&" + query).contains("&" + name + "=")) {
                settings.put(name, value);
            }
        });
        password.ifPresent(value -> settings.put("password", value));
        // The driver looks into the password file while it reads the address, so the user must be
        // part of it.
        String parameters = user.map(name -> "user=" + encode(name) + "&").orElse("") + query;
        String shownLogin =
                Optional.ofNullable(uri.getRawUserInfo())
                        .filter(_ -> !login[0].isEmpty())
                        .or(() -> user.map(AddressParser::encode))
                        .map(shown -> shown + "@")
                        .orElse("");
        return new DatabaseUrl.Postgres(
                PasswordMask.in("postgresql://" + shownLogin + server + path),
                "jdbc:postgresql://" + server + path + "?" + parameters,
                settings);
    }

    private static StoreException notPostgres() {
        return new StoreException(
                "the address of a PostgreSQL database is postgresql://USER@HOST:PORT/NAME, special characters as %XX;"
                        + " the password belongs into PGPASSWORD or the password file");
    }

    private static Optional<String> variable(Map<String, String> environment, String name) {
        return Optional.ofNullable(environment.get(name)).filter(value -> !value.isEmpty());
    }

    private static String encode(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    private static String decode(String escaped) {
        return URLDecoder.decode(escaped.replace("+", "%2B"), StandardCharsets.UTF_8);
    }
}
