package tramontane.server;

import java.io.PrintWriter;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tramontane.access.ApiKey;
import tramontane.access.KeyLimits;
import tramontane.access.KeyTable;
import tramontane.access.StoredKey;
import tramontane.store.Database;
import tramontane.store.DatabaseUrl;
import tramontane.store.StoreException;

/** {@code keys}: manages the API keys in the database, also while a server runs. */
@Command(
        name = "keys",
        description = {
            "API keys with names, limits and an end, kept in the database.",
            "",
            "A running server sees every change within a second. Once there is a key, every request needs one.",
        },
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {
            KeysCreate.class,
            KeysList.class,
            Keys.Revoke.class,
            Keys.Rotate.class,
            Keys.Limit.class,
            Keys.Prune.class
        },
        footer = {
            "",
            "Examples:",
            "  ./tramontane keys create alice",
            "  ./tramontane keys create ci --models smollm2-135m --expires 30d --requests-per-minute 60",
            "  ./tramontane keys create prometheus --admin",
            "  ./tramontane keys limit ci --requests-per-minute 120 --tokens-per-month none",
            "  ./tramontane keys list",
            "  ./tramontane keys revoke alice",
        })
final class Keys implements Callable<Integer> {
    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getOut());
        return 0;
    }

    /** Work on the table of keys. */
    @FunctionalInterface
    interface Work<T> {
        T with(KeyTable table) throws SQLException, Complaint;
    }

    /** Works on the keys of a database, which must be there. */
    static <T> T inTable(LedgerAddress address, Work<T> work) throws Complaint {
        DatabaseUrl url = url(address);
        if (LedgerAddress.isMissing(url)) {
            throw new Complaint(
                    "there is no database at "
                            + url
                            + ", and so no key; ./tramontane keys create NAME makes both");
        }
        return inTable(url, work);
    }

    /** The database with the keys. */
    static DatabaseUrl url(LedgerAddress address) throws Complaint {
        return address.configuredUrl(UserFiles.ofThisUser(), System.getenv())
                .orElseThrow(
                        () -> new Complaint("keys are kept in the ledger's database, not in none"));
    }

    /** Works on the keys of a database, which is created if it is not there. */
    static <T> T inTable(DatabaseUrl url, Work<T> work) throws Complaint {
        try (Connection connection = Database.open(url).connect()) {
            return work.with(new KeyTable(connection));
        } catch (StoreException e) {
            throw new Complaint(String.valueOf(e.getMessage()));
        } catch (SQLException e) {
            throw new Complaint("the database " + url + " fails: " + e.getMessage());
        }
    }

    private static StoredKey find(KeyTable table, String nameOrId) throws SQLException, Complaint {
        List<StoredKey> keys = table.all();
        Optional<StoredKey> byId =
                keys.stream().filter(key -> key.id().equals(nameOrId)).findFirst();
        return byId.or(() ->
                        keys.stream()
                                .filter(key -> key.name().equals(nameOrId) && !key.isRevoked())
                                .findFirst())
                .orElseThrow(() ->
                        new Complaint(
                                "there is no key "
                                        + nameOrId
                                        + "; ./tramontane keys list shows the names"));
    }

    /** Prints a new key alone to the standard output, for use in scripts. */
    static void show(CommandSpec spec, String key, String explanation) {
        PrintWriter err = spec.commandLine().getErr();
        err.println(explanation);
        err.println("This is the only time that it is shown:");
        err.flush();
        spec.commandLine().getOut().println(key);
        spec.commandLine().getOut().flush();
    }

    /** {@code keys revoke}. */
    @Command(
            name = "revoke",
            description =
                    "Ends a key. Its running answers end within a second, with an error; its name is free again.",
            mixinStandardHelpOptions = true)
    static final class Revoke implements Callable<Integer> {
        @Mixin private LedgerAddress database = new LedgerAddress();

        @Parameters(paramLabel = "NAME|ID", description = "The key to revoke.")
        private String key = "";

        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it before call
        private CommandSpec spec;

        @Override
        public Integer call() throws Complaint {
            StoredKey revoked =
                    inTable(
                            database,
                            table -> {
                                StoredKey found = find(table, key);
                                if (!table.revoke(found.id(), System.currentTimeMillis())) {
                                    throw new Complaint(
                                            "key " + found.id() + " has been revoked before");
                                }
                                return found;
                            });
            spec.commandLine()
                    .getOut()
                    .println("Revoked " + revoked.name() + " (" + revoked.id() + ").");
            spec.commandLine().getOut().flush();
            return 0;
        }
    }

    /** {@code keys rotate}. */
    @Command(
            name = "rotate",
            description =
                    "Replaces the text of a key; its name, limits and use stay. The old text ends at once, or after"
                            + " --overlap.",
            mixinStandardHelpOptions = true)
    static final class Rotate implements Callable<Integer> {
        @Mixin private LedgerAddress database = new LedgerAddress();

        @Parameters(paramLabel = "NAME|ID", description = "The key to replace.")
        private String key = "";

        @Option(
                names = "--overlap",
                paramLabel = "TIME",
                converter = TimeSpan.class,
                description =
                        "How long the old text stays valid, such as 30m, 12h or 7d (default: not at all).")
        private Optional<Duration> overlap = Optional.empty();

        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it before call
        private CommandSpec spec;

        @Override
        public Integer call() throws Complaint {
            String text = ApiKey.create(new SecureRandom());
            StoredKey rotated =
                    inTable(
                            database,
                            table -> {
                                StoredKey found = find(table, key);
                                long now = System.currentTimeMillis();
                                if (!table.rotate(
                                        found.id(),
                                        ApiKey.sha256(text),
                                        overlap.map(time -> now + time.toMillis()))) {
                                    throw new Complaint(
                                            "key "
                                                    + found.id()
                                                    + " is revoked: create a new one instead");
                                }
                                return found;
                            });
            show(spec, text, "New text of key " + rotated.name() + " (" + rotated.id() + ").");
            return 0;
        }
    }

    /** {@code keys limit}. */
    @Command(
            name = "limit",
            description = {
                "Changes limits of a key; those not named stay.",
                "",
                "A running server applies them within a second. What was used before counts."
            },
            mixinStandardHelpOptions = true,
            sortOptions = false)
    static final class Limit implements Callable<Integer> {
        @Mixin private LedgerAddress database = new LedgerAddress();

        @Parameters(paramLabel = "NAME|ID", description = "The key to change.")
        private String key = "";

        @Mixin private LimitOptions limits = new LimitOptions();

        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it before call
        private CommandSpec spec;

        @Override
        public Integer call() throws Complaint {
            if (limits.isEmpty()) {
                throw new Complaint(
                        "say which limit to change, for example --tokens-per-month 500000 or --concurrent none");
            }
            StoredKey changed =
                    inTable(
                            database,
                            table -> {
                                StoredKey found = find(table, key);
                                KeyLimits next = limits.applyTo(found.limits());
                                if (!table.limit(found.id(), next)) {
                                    throw new Complaint("key " + found.id() + " is revoked");
                                }
                                return found;
                            });
            spec.commandLine()
                    .getOut()
                    .println(
                            "Changed "
                                    + changed.name()
                                    + " ("
                                    + changed.id()
                                    + "): "
                                    + KeysList.limits(limits.applyTo(changed.limits()))
                                    + ".");
            spec.commandLine().getOut().flush();
            return 0;
        }
    }

    /** {@code keys prune}. */
    @Command(
            name = "prune",
            description =
                    "Deletes revoked and expired keys. A server on this machine that has no key left asks for none.",
            mixinStandardHelpOptions = true)
    static final class Prune implements Callable<Integer> {
        @Mixin private LedgerAddress database = new LedgerAddress();

        @Spec
        @SuppressWarnings("NullAway.Init") // picocli sets it before call
        private CommandSpec spec;

        @Override
        public Integer call() throws Complaint {
            int deleted = inTable(database, table -> table.prune(System.currentTimeMillis()));
            spec.commandLine().getOut().println("Deleted " + deleted + " keys.");
            spec.commandLine().getOut().flush();
            return 0;
        }
    }
}
