package tramontane.server;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;
import tramontane.config.Configuration;
import tramontane.config.Origin;
import tramontane.config.Settings;

/**
 * The keys that the server requires, and how the greeting shows them. Output that is not a terminal
 * may be a log that others read, so no key is printed there.
 *
 * @param asked empty if no key is required
 * @param shown text after "API key" in the greeting
 * @param header the Authorization header as a shell word; empty if no key is required
 */
record ServerKeys(List<String> asked, String shown, Optional<String> header) {
    static final String VARIABLE = Settings.API_KEY.variable();

    /** Stands for a key that the reader has and the shell has not. */
    private static final String YOURS = "YOUR_KEY";

    /** Keys of the configuration, and whether the shell has them too. */
    record Given(List<String> keys, boolean inVariable) {
        static Given of(Configuration configuration) {
            return new Given(
                    configuration.get(Settings.API_KEY),
                    configuration.origin(Settings.API_KEY) instanceof Origin.Variable);
        }
    }

    /**
     * Keys that are set are always required. Without any, a server that others can reach requires
     * this user's own key, which is created at its first use; one on a loopback address requires
     * none.
     *
     * @param loopback true if only this machine reaches the server
     */
    static ServerKeys of(
            Given given, boolean loopback, boolean terminal, UserFiles files, SecureRandom random)
            throws Complaint {
        if (!given.keys().isEmpty()) {
            String key = given.keys().getFirst();
            return terminal
                    ? new ServerKeys(given.keys(), key, literal(key))
                    : new ServerKeys(
                            given.keys(),
                            "the one you gave",
                            given.inVariable() ? expanded("$" + VARIABLE) : literal(YOURS));
        }
        return loopback ? unasked(terminal, files, random) : own(terminal, files, random);
    }

    private static ServerKeys unasked(boolean terminal, UserFiles files, SecureRandom random) {
        String shown = "not asked for on this machine";
        if (terminal) {
            try {
                shown = files.readOrMakeKey(random) + "   (" + shown + ")";
            } catch (IOException unusable) {
                // The home directory may be read-only or missing, and the key is not needed here.
                return new ServerKeys(List.of(), shown, Optional.empty());
            }
        }
        return new ServerKeys(List.of(), shown, Optional.empty());
    }

    private static ServerKeys own(boolean terminal, UserFiles files, SecureRandom random)
            throws Complaint {
        try {
            String key = files.readOrMakeKey(random);
            return terminal
                    ? new ServerKeys(List.of(key), key, literal(key))
                    : new ServerKeys(
                            List.of(key),
                            "in the file " + files.key(),
                            expanded("$(cat '" + files.key() + "')"));
        } catch (IOException e) {
            throw new Complaint(
                    "the key file "
                            + files.key()
                            + " cannot be used ("
                            + e.getMessage()
                            + "); give a key with --api-key or in "
                            + VARIABLE);
        }
    }

    /** As shown by a server that asks for the keys of its database only. */
    ServerKeys ofDatabase() {
        return new ServerKeys(
                asked, CommandName.in("one that ./tramontane keys create made"), literal(YOURS));
    }

    private static Optional<String> literal(String key) {
        return Optional.of("'Authorization: Bearer " + key + "'");
    }

    private static Optional<String> expanded(String expression) {
        return Optional.of("\"Authorization: Bearer " + expression + "\"");
    }
}
