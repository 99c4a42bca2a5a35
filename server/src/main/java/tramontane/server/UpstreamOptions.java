package tramontane.server;

import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import tramontane.config.Configuration;
import tramontane.config.Origin;
import tramontane.config.PasswordMask;
import tramontane.config.Setting;
import tramontane.config.Settings;
import tramontane.upstream.UpstreamKind;
import tramontane.upstream.UpstreamModel;
import tramontane.upstream.UpstreamTimes;

/**
 * The settings of models that other servers run.
 *
 * @param environment where keys may be
 */
record UpstreamOptions(Configuration configuration, Map<String, String> environment) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._:/-]{0,127}");
    private static final Pattern TOKENS = Pattern.compile("[1-9][0-9]{0,7}");
    private static final String FILE = "file:";
    private static final int MIN_CONTEXT = 64;
    private static final int MAX_ADDRESSES = 64;
    private static final int MAX_PORT = 65_535;

    /** An engine and its addresses. */
    private record Servers(UpstreamKind kind, List<URI> addresses) {}

    boolean areNone() {
        return configuration.get(Settings.UPSTREAM).isEmpty();
    }

    /** The names of the models, also of those that have a fault. */
    Set<String> names() {
        Set<String> names = new LinkedHashSet<>();
        for (String given : configuration.get(Settings.UPSTREAM)) {
            int equals = given.indexOf('=');
            if (equals > 0) {
                names.add(given.substring(0, equals));
            }
        }
        return names;
    }

    /**
     * The models, in the order of their first addresses.
     *
     * @throws Complaint with a line for each fault
     */
    List<UpstreamModel> models() throws Complaint {
        Faults faults = new Faults();
        Map<String, Servers> servers = servers(faults);
        Map<String, String> names = named(Settings.UPSTREAM_MODEL, faults);
        Map<String, String> keys = named(Settings.UPSTREAM_KEY, faults);
        Map<String, String> contexts = named(Settings.UPSTREAM_CONTEXT, faults);
        List<UpstreamModel> models = new ArrayList<>();
        servers.forEach((name, each) -> {
            Optional<Optional<Integer>> context =
                    faults.read(() ->
                            context(name, each.kind, Optional.ofNullable(contexts.get(name))));
            Optional<Optional<String>> key =
                    faults.read(() -> key(name, Optional.ofNullable(keys.get(name))));
            if (context.isPresent() && key.isPresent()) {
                models.add(
                        new UpstreamModel(
                                name,
                                each.kind,
                                each.addresses,
                                names.getOrDefault(name, name),
                                context.get(),
                                key.get(),
                                times()));
            }
        });
        faults.complain();
        return models;
    }

    private UpstreamTimes times() {
        return new UpstreamTimes(
                seconds(Settings.UPSTREAM_CONNECT_SECONDS),
                seconds(Settings.UPSTREAM_FIRST_BYTE_SECONDS),
                seconds(Settings.UPSTREAM_IDLE_SECONDS),
                seconds(Settings.UPSTREAM_CHECK));
    }

    private Duration seconds(Setting<Integer> setting) {
        return Duration.ofSeconds(configuration.get(setting));
    }

    /** An entry of a list, which a file or a variable may have given. */
    private String entry(Setting<List<String>> setting, String name) {
        boolean byFlag = configuration.origin(setting) instanceof Origin.Flag;
        return configuration.named(setting) + (byFlag ? " " : ", ") + name;
    }

    /** An upstream in a complaint. */
    String entry(String name) {
        return entry(Settings.UPSTREAM, name);
    }

    private Map<String, Servers> servers(Faults faults) {
        Map<String, Servers> servers = new LinkedHashMap<>();
        for (String given : configuration.get(Settings.UPSTREAM)) {
            faults.check(() -> add(given, servers));
        }
        return servers;
    }

    private void add(String given, Map<String, Servers> servers) throws Complaint {
        int equals = given.indexOf('=');
        int plus = given.indexOf('+', equals);
        if (equals < 0 || plus < 0) {
            throw new Complaint(
                    entry(Settings.UPSTREAM, shown(given))
                            + ": give NAME=ENGINE+URL, for example"
                            + " big=vllm+http://10.0.0.1:8000");
        }
        String name = given.substring(0, equals);
        String engine = given.substring(equals + 1, plus);
        if (!NAME.matcher(name).matches()) {
            throw new Complaint(entry(name) + ": a name has letters, digits and . _ : / -");
        }
        UpstreamKind kind =
                UpstreamKind.find(engine)
                        .orElseThrow(() ->
                                new Complaint(
                                        entry(name)
                                                + ": no engine "
                                                + shown(engine)
                                                + " is known, only "
                                                + String.join(", ", UpstreamKind.names())));
        add(servers, name, kind, address(name, given.substring(plus + 1)));
    }

    private void add(Map<String, Servers> servers, String name, UpstreamKind kind, URI address)
            throws Complaint {
        Servers known = servers.computeIfAbsent(name, _ -> new Servers(kind, new ArrayList<>()));
        if (known.kind != kind) {
            throw new Complaint(entry(name) + ": all its servers must run the same engine");
        }
        // The scheme does not count, since logs and metrics do not show it.
        if (known.addresses.stream().anyMatch(each -> place(each).equals(place(address)))) {
            throw new Complaint(entry(name) + ": " + address + " was given twice");
        }
        if (known.addresses.size() == MAX_ADDRESSES) {
            throw new Complaint(entry(name) + ": at most " + MAX_ADDRESSES + " servers");
        }
        known.addresses.add(address);
    }

    private static String place(URI address) {
        return (address.getAuthority() + address.getPath()).toLowerCase(Locale.ROOT);
    }

    /** A URL without a slash or {@code /v1} at its end. */
    private URI address(String name, String text) throws Complaint {
        try {
            URI address =
                    new URI(lowerScheme(text.replaceFirst("/+$", "").replaceFirst("/v1$", "")));
            if (isHostWithUnderscore(address)) {
                throw new Complaint(
                        entry(name)
                                + ": a host name cannot have an underscore; give another name of the"
                                + " host, or its IP address");
            }
            boolean web = "http".equals(address.getScheme()) || "https".equals(address.getScheme());
            boolean port = address.getPort() == -1 || isPort(address.getPort());
            boolean plain =
                    address.getRawUserInfo() == null
                            && address.getRawQuery() == null
                            && address.getRawFragment() == null;
            if (web && port && plain && address.getHost() != null) {
                return address;
            }
        } catch (URISyntaxException e) {
            // The sentence below says what is wanted.
        }
        throw new Complaint(
                entry(name)
                        + ": the address must be http://HOST:PORT or https://HOST, without user, password"
                        + " or query; keys belong to --upstream-key");
    }

    private static String lowerScheme(String text) {
        int colon = Math.max(0, text.indexOf(':'));
        return text.substring(0, colon).toLowerCase(Locale.ROOT) + text.substring(colon);
    }

    /** Java's URIs have no host then, so that no request can be sent. */
    private static boolean isHostWithUnderscore(URI address) {
        String authority = address.getRawAuthority();
        return address.getHost() == null
                && authority != null
                && authority.matches("[A-Za-z0-9._-]*_[A-Za-z0-9._-]*(:[0-9]+)?");
    }

    /** The files that keys are in. */
    static List<Path> keyFiles(Configuration configuration) {
        List<Path> files = new ArrayList<>();
        for (String given : configuration.get(Settings.UPSTREAM_KEY)) {
            String source = given.substring(given.indexOf('=') + 1);
            if (source.startsWith(FILE)) {
                try {
                    files.add(Path.of(source.substring(FILE.length())));
                } catch (InvalidPathException e) {
                    // The setting is refused when the key is read.
                    continue;
                }
            }
        }
        return files;
    }

    private static boolean isPort(int port) {
        return port > 0 && port <= MAX_PORT;
    }

    /** A URL may have a password in it. */
    private static String shown(String given) {
        return PasswordMask.in(given);
    }

    /** The values of NAME=VALUE, by the name of an upstream. */
    private Map<String, String> named(Setting<List<String>> setting, Faults faults) {
        Map<String, String> values = new LinkedHashMap<>();
        Set<String> known = names();
        for (String given : configuration.get(setting)) {
            faults.check(() -> {
                int equals = given.indexOf('=');
                String name = given.substring(0, Math.max(0, equals));
                // The text may be a key that was given by mistake, so it is not repeated.
                if (equals < 0 || !known.contains(name) || equals == given.length() - 1) {
                    throw new Complaint(
                            configuration.named(setting)
                                    + " must be "
                                    + setting.type().label()
                                    + ", where NAME is one of --upstream: "
                                    + (known.isEmpty() ? "none" : String.join(", ", known)));
                }
                if (values.put(name, given.substring(equals + 1)) != null) {
                    throw new Complaint(
                            configuration.named(setting) + " was given twice for " + name);
                }
            });
        }
        return values;
    }

    private Optional<Integer> context(String name, UpstreamKind kind, Optional<String> given)
            throws Complaint {
        if (given.isEmpty() && !kind.tellsContext()) {
            throw new Complaint(
                    entry(name)
                            + ": the engine "
                            + kind.wireName()
                            + " does not say how long its context is; give --upstream-context "
                            + name
                            + "=TOKENS");
        }
        if (given.isEmpty()) {
            return Optional.empty();
        }
        int tokens = TOKENS.matcher(given.get()).matches() ? Integer.parseInt(given.get()) : 0;
        if (tokens < MIN_CONTEXT || tokens > 1 << 24) {
            throw new Complaint(
                    entry(Settings.UPSTREAM_CONTEXT, name)
                            + ": give a whole number from 64 to 16777216");
        }
        return Optional.of(tokens);
    }

    private Optional<String> key(String name, Optional<String> source) throws Complaint {
        if (source.isEmpty()) {
            return Optional.empty();
        }
        String option = entry(Settings.UPSTREAM_KEY, name) + ": ";
        String from = source.get();
        String key;
        if (from.startsWith("env:")) {
            key = environment.getOrDefault(from.substring(4), "").strip();
            if (key.isEmpty()) {
                throw new Complaint(option + "the variable " + from.substring(4) + " is not set");
            }
        } else if (from.startsWith(FILE)) {
            key = ofFile(option, from.substring(FILE.length()));
        } else {
            throw new Complaint(option + "give env:VARIABLE or file:PATH, not the key itself");
        }
        if (!key.chars().allMatch(letter -> letter > ' ' && letter < 0x7F)) {
            throw new Complaint(option + "the key has characters that a header cannot have");
        }
        return Optional.of(key);
    }

    private static String ofFile(String option, String path) throws Complaint {
        try {
            String key = Files.readString(Path.of(path)).strip();
            if (key.isEmpty()) {
                throw new Complaint(option + path + " is empty");
            }
            return key;
        } catch (IOException | InvalidPathException e) {
            throw new Complaint(option + "cannot read " + path);
        }
    }
}
