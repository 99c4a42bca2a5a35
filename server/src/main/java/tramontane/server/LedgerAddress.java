package tramontane.server;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Option;
import tramontane.config.ConfigFile;
import tramontane.config.Configuration;
import tramontane.config.Settings;
import tramontane.store.Database;
import tramontane.store.DatabaseUrl;
import tramontane.store.StoreException;

/** The option that names the ledger's database, shared by all commands that use it. */
final class LedgerAddress {
    private static final String NONE = "none";

    @Option(
            names = "--ledger",
            paramLabel = "DATABASE",
            description =
                    "The database with a row for each request: a path (SQLite), postgresql://USER@HOST/NAME with"
                            + " the password in PGPASSWORD, or none (default: ledger.db in this user's"
                            + " directory for state, or what the configuration file of serve says).")
    private Optional<String> given = Optional.empty();

    @Option(
            names = ConfigFile.FLAG,
            paramLabel = "FILE",
            description =
                    "The configuration file of serve, for its ledger (default: $TRAMONTANE_CONFIG, else"
                            + " ~/.config/tramontane/tramontane.toml if there is one).")
    private Optional<String> config = Optional.empty();

    /** For a command with the option. */
    LedgerAddress() {}

    /** The database of a configuration. */
    LedgerAddress(Optional<String> given) {
        this.given = given;
    }

    /**
     * The database for a command with the option: without it, the one that {@code serve} uses by
     * its configuration file and the environment; empty if that is none.
     */
    Optional<DatabaseUrl> configuredUrl(UserFiles files, Map<String, String> environment)
            throws Complaint {
        if (isGiven()) {
            return url(files, environment);
        }
        Configuration.Sources sources =
                new Configuration.Sources(
                        ConfigFile.find(config, environment, files.config()),
                        environment,
                        Map.of());
        return new LedgerAddress(SettingSources.read(sources).get(Settings.LEDGER))
                .url(files, environment);
    }

    /** Whether the user asked for this ledger; the default one is dispensable. */
    boolean isGiven() {
        return given.isPresent();
    }

    /** The database; empty if the user wants none. */
    Optional<DatabaseUrl> url(UserFiles files, Map<String, String> environment) throws Complaint {
        if (given.filter(NONE::equalsIgnoreCase).isPresent()) {
            return Optional.empty();
        }
        if (given.isEmpty()) {
            return Optional.of(new DatabaseUrl.Sqlite(files.ledger()));
        }
        try {
            return Optional.of(DatabaseUrl.parse(given.get(), environment));
        } catch (StoreException e) {
            throw new Complaint("--ledger: " + e.getMessage());
        }
    }

    /** True for a file of SQLite that is not there. */
    static boolean isMissing(DatabaseUrl url) {
        return url instanceof DatabaseUrl.Sqlite(Path file) && !Files.exists(file);
    }

    /**
     * Opens the database to read it.
     *
     * @throws Complaint if there is none, or it cannot be opened
     */
    Database open(UserFiles files, Map<String, String> environment) throws Complaint {
        DatabaseUrl url =
                configuredUrl(files, environment)
                        .orElseThrow(() -> new Complaint("--ledger none names no ledger to read"));
        if (isMissing(url)) {
            throw new Complaint(
                    "there is no ledger at "
                            + url
                            + "; ./tramontane serve makes one when it starts");
        }
        try {
            return Database.open(url);
        } catch (StoreException e) {
            throw new Complaint(String.valueOf(e.getMessage()));
        }
    }
}
