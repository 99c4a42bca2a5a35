package tramontane.server;

import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The keys a server asks for, and what it says of them. Output that is no terminal may be a log
 * that others read, so no key is printed there.
 *
 * @param asked empty where none is asked for
 * @param shown what stands behind "API key" in the greeting
 * @param header the header with the key as a word for the shell; empty where none is asked for
 */
record ServerKeys(List<String> asked, String shown, Optional<String> header) {
    static final String VARIABLE = "TRAMONTANE_API_KEY";

    /**
     * Keys that were given are asked for everywhere. Without one, a server that others can reach
     * asks for this user's own key, which is made at its first use; one on a loopback address asks
     * for none.
     *
     * @param given on the command line
     */
    static ServerKeys of(
            List<String> given,
            Map<String, String> environment,
            boolean loopback,
            boolean terminal,
            UserFiles files,
            SecureRandom random)
            throws Complaint {
        List<String> keys = new ArrayList<>(given);
        Optional.ofNullable(environment.get(VARIABLE))
                .filter(key -> !key.isBlank())
                .ifPresent(keys::add);
        if (keys.stream().anyMatch(String::isBlank)) {
            throw new Complaint("--api-key is empty");
        }
        if (!keys.isEmpty()) {
            String key = keys.getFirst();
            return terminal
                    ? new ServerKeys(keys, key, literal(key))
                    : new ServerKeys(keys, "the one you gave", expanded("$" + VARIABLE));
        }
        return loopback ? unasked(terminal, files, random) : own(terminal, files, random);
    }

    private static ServerKeys unasked(boolean terminal, UserFiles files, SecureRandom random) {
        String shown = "not asked for on this machine";
        if (terminal) {
            try {
                shown = files.readOrMakeKey(random) + "   (" + shown + ")";
            } catch (IOException unusable) {
                // The home may be read-only or absent, and nobody needs the key here.
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

    private static Optional<String> literal(String key) {
        return Optional.of("'Authorization: Bearer " + key + "'");
    }

    private static Optional<String> expanded(String expression) {
        return Optional.of("\"Authorization: Bearer " + expression + "\"");
    }
}
