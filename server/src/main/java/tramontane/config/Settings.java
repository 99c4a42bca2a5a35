package tramontane.config;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import tramontane.config.Setting.Trait;

/**
 * The table of all settings, in the order of the help texts and the documentation.
 *
 * <p>To add one, add a line. Its type checks its range, and tests hold docs/CONFIGURATION.md to the
 * table.
 */
public final class Settings {
    /** Open connections; each is an open file. */
    public static final int MAX_CONNECTIONS = 4096;

    private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();
    private static final long HEAP_BYTES = Runtime.getRuntime().maxMemory();
    private static final int DAY_SECONDS = 86_400;
    private static final int YEAR_MINUTES = 525_600;

    /** More compute threads than processors only wait for each other. */
    private static final int ALWAYS_THREADS = 16;

    private static final List<Setting<?>> ALL = new ArrayList<>();

    public static final Setting<List<String>> MODEL =
            list(
                    "model",
                    texts("MODEL", ","),
                    "qwen2.5-coder-0.5b",
                    "A name that ./tramontane models lists, hf:OWNER/REPOSITORY/FILE.gguf, or the path of a GGUF"
                            + " file. Fetched if it is not here. serve takes several: the first is the default, and the"
                            + " others are loaded when they are asked for",
                    Trait.MODEL,
                    Trait.RELOADS);

    public static final Setting<Optional<Integer>> THREADS =
            optional(
                    "threads",
                    limited("N", 1, maxThreads(), "this machine has " + PROCESSORS + " processors"),
                    "one for each core",
                    "Threads that compute",
                    Trait.MODEL);

    public static final Setting<Optional<Integer>> CONTEXT =
            optional(
                    "context",
                    whole("TOKENS", 64, 1 << 24),
                    "what the model allows and memory holds",
                    "Longest prompt and answer together",
                    Trait.MODEL);

    public static final Setting<Optional<Integer>> PARALLEL =
            optional(
                    "parallel",
                    whole("N", 1, 1024),
                    "32",
                    "Answers written at one time, 1 to 1024; more wait in line",
                    Trait.MODEL);

    public static final Setting<Optional<String>> CHAT_TEMPLATE =
            optional(
                    "chat-template",
                    text("FILE"),
                    "the model's own",
                    "A Jinja template to use instead of the model file's, or the word none to serve completions only",
                    Trait.MODEL);

    public static final Setting<List<String>> MMPROJ =
            list(
                    "mmproj",
                    texts("FILE", ","),
                    "the model's own, or the only one beside it",
                    "The GGUF file of the image encoder, NAME=FILE for one of several models, or the word none. May"
                            + " be given several times",
                    Trait.MODEL);

    public static final Setting<List<String>> DRAFT_MODEL =
            list(
                    "draft-model",
                    texts("MODEL", ","),
                    "none",
                    "A small model with the same tokens, which drafts answers that the model verifies: a file or a"
                            + " name, NAME=MODEL for one of several models. May be given several times",
                    Trait.MODEL);

    public static final Setting<String> PACKED_CACHE =
            add(
                    "packed-cache",
                    text("WHERE"),
                    "off",
                    "Keep packed weights in a file for the next start: on is beside the model, a folder is for all"
                            + " models, off packs at each start",
                    Trait.MODEL);

    public static final Setting<List<String>> IMAGE_HOSTS =
            list(
                    "image-hosts",
                    texts("HOST", ","),
                    "none",
                    "Hosts from which images of requests are fetched over https, as HOST or HOST:PORT. May be given"
                            + " several times");

    public static final Setting<Optional<Integer>> MEMORY_BUDGET =
            optional(
                    "memory-budget",
                    whole("MIB", 1, 1 << 24),
                    "what is free, less the Java heap and a tenth",
                    "Memory for all loaded models together",
                    Trait.RELOADS);

    public static final Setting<List<String>> PIN =
            list(
                    "pin",
                    texts("NAME", ","),
                    "none",
                    "A model that is loaded at start and never unloaded. May be given several times",
                    Trait.RELOADS);

    public static final Setting<Optional<Integer>> UNLOAD_AFTER =
            optional(
                    "unload-after",
                    whole("MINUTES", 0, YEAR_MINUTES),
                    "15, with one model 0",
                    "How long a model without requests stays loaded; 0 for ever",
                    Trait.RELOADS);

    public static final Setting<Integer> LOAD_WAIT =
            add(
                    "load-wait",
                    seconds(),
                    60,
                    "How long a request waits until its model is loaded; 0 answers 503 with Retry-After at once",
                    Trait.RELOADS);

    public static final Setting<List<String>> UPSTREAM =
            list(
                    "upstream",
                    texts("NAME=ENGINE+URL", ","),
                    "none",
                    "A model that another server runs: tramontane, mistral, vllm, sglang, llama-server or openai. May"
                            + " be given several times, also for one NAME with several servers that are alike",
                    Trait.RELOADS);

    public static final Setting<List<String>> UPSTREAM_MODEL =
            list(
                    "upstream-model",
                    texts("NAME=MODEL", ","),
                    "NAME itself",
                    "The name that an upstream has for the model. May be given several times",
                    Trait.RELOADS);

    public static final Setting<List<String>> UPSTREAM_KEY =
            list(
                    "upstream-key",
                    texts("NAME=SOURCE", ","),
                    "none is sent",
                    "Where an upstream's API key is: env:VARIABLE or file:PATH. May be given several times",
                    Trait.RELOADS);

    public static final Setting<List<String>> UPSTREAM_CONTEXT =
            list(
                    "upstream-context",
                    texts("NAME=TOKENS", ","),
                    "what the upstream says",
                    "Longest prompt and answer of an upstream's model together. May be given several times",
                    Trait.RELOADS);

    public static final Setting<Integer> UPSTREAM_CHECK =
            add(
                    "upstream-check",
                    whole("S", 1, DAY_SECONDS),
                    5,
                    "Seconds between two checks of an upstream",
                    Trait.RELOADS);

    public static final Setting<String> HOST =
            add(
                    "host",
                    text("HOST"),
                    "127.0.0.1",
                    "Address to listen on; 127.0.0.1 is this machine only");

    public static final Setting<Integer> PORT =
            add("port", whole("PORT", 0, 65_535), 8000, "Port to listen on; 0 takes a free one");

    public static final Setting<List<String>> API_KEY =
            list(
                    "api-key",
                    texts("KEY", ""),
                    "none asked on this machine",
                    "Ask every request for this key, also on this machine. May be given several times;"
                            + " TRAMONTANE_API_KEY in the environment shows in no process list",
                    Trait.SECRET,
                    Trait.RELOADS);

    public static final Setting<List<String>> ADMIN_KEY =
            list(
                    "admin-key",
                    texts("KEY", ""),
                    "none",
                    "A key that also opens what belongs to other callers, such as /tramontane/keys. May be given"
                            + " several times; TRAMONTANE_ADMIN_KEY in the environment shows in no process list",
                    Trait.SECRET);

    public static final Setting<List<String>> ALIAS =
            list(
                    "alias",
                    texts("NAME", ","),
                    "none",
                    "Another name the first model answers to, or NAME=MODEL for another one. May be given several"
                            + " times",
                    Trait.RELOADS);

    public static final Setting<Boolean> HOSTED_NAMES =
            add(
                    "hosted-names",
                    new ValueType.OnOff(),
                    true,
                    "Answer to the hosted service's model names, such as mistral-small-latest",
                    Trait.RELOADS);

    public static final Setting<Boolean> OPENAI_FIELDS =
            add(
                    "openai-fields",
                    new ValueType.OnOff(),
                    false,
                    "Accept fields of OpenAI's API as well, as docs/OPENAI.md describes. keys create NAME"
                            + " --openai-fields does it for one key",
                    Trait.RELOADS);

    public static final Setting<Optional<Integer>> MAX_BODY_MIB =
            optional(
                    "max-body-mib",
                    limited(
                            "MIB",
                            1,
                            maxBodyMib(),
                            "a larger Java heap allows more: TRAMONTANE_HEAP"),
                    "32, less where the Java heap is small",
                    "Longest request body taken");

    public static final Setting<Integer> CONNECTIONS_PER_ADDRESS =
            add(
                    "connections-per-address",
                    whole("N", 1, MAX_CONNECTIONS),
                    1024,
                    "Connections that one address may keep open; its idle ones are closed for new ones. Raise it"
                            + " where a proxy passes on more");

    public static final Setting<Integer> LOG_BODIES =
            add(
                    "log-bodies",
                    limited("MIB", 0, maxLogMib(), "a quarter of the Java heap: TRAMONTANE_HEAP"),
                    0,
                    "Keep requests and answers in the request log, at most this many MiB of each key and in memory"
                            + " only; 0 keeps none");

    public static final Setting<Optional<String>> LEDGER =
            optional(
                    "ledger",
                    text("DATABASE"),
                    "ledger.db in this user's directory for state",
                    "The database with the keys and a row for each request: a path (SQLite),"
                            + " postgresql://USER@HOST/NAME with the password in PGPASSWORD, or none");

    public static final Setting<Boolean> LEDGER_TEXT =
            add(
                    "ledger-text",
                    new ValueType.OnOff(),
                    false,
                    "Keep the text of requests and answers in the ledger too; replay needs it");

    public static final Setting<String> LEDGER_FULL =
            add(
                    "ledger-full",
                    new ValueType.Choice(List.of("refuse", "drop")),
                    "refuse",
                    "What to do with requests when the database cannot be written and 10,000 rows wait in memory:"
                            + " refuse new ones with 503, or drop their rows");

    public static final Setting<Boolean> OPEN_METRICS =
            add(
                    "open-metrics",
                    new ValueType.OnOff(),
                    false,
                    "Serve /metrics without a key to everybody who can reach the port. Endpoint pickers such as"
                            + " llm-d's send no key");

    public static final Setting<String> LOG_FORMAT =
            add(
                    "log-format",
                    new ValueType.Choice(List.of("text", "json")),
                    "text",
                    "Write the log as text, or as json: one object in each line, also one for each request");

    public static final Setting<Boolean> LOG_REQUESTS =
            add(
                    "log-requests",
                    new ValueType.OnOff(),
                    false,
                    "Write a log line for each request: what it cost, never what was asked. Implied by json");

    public static final Setting<Optional<String>> OTLP_ENDPOINT =
            optional(
                    "otlp-endpoint",
                    text("URL"),
                    "$OTEL_EXPORTER_OTLP_ENDPOINT, else no traces",
                    "Send traces to this OpenTelemetry collector by OTLP over HTTP, for example"
                            + " http://127.0.0.1:4318");

    public static final Setting<Integer> GRACE_SECONDS =
            add("grace-seconds", seconds(), 30, "How long open answers may go on after a SIGTERM");

    public static final Setting<Optional<String>> TLS_CERTIFICATE =
            optional(
                    "tls.certificate",
                    text("FILE"),
                    "none: plain HTTP",
                    "The certificate for HTTPS in PEM, followed by those that signed it. Read again when it changes",
                    Trait.RELOADS);

    public static final Setting<Optional<String>> TLS_KEY =
            optional(
                    "tls.key",
                    text("FILE"),
                    "none",
                    "The certificate's private key in PEM (PKCS#8, without a password)",
                    Trait.RELOADS);

    public static final Setting<List<String>> CORS_ORIGINS =
            add(
                    "cors.origins",
                    new ValueType.Origins("ORIGIN"),
                    List.of("*"),
                    "Web pages that may read answers, such as https://app.example; * is all, and still they need a key",
                    Trait.RELOADS);

    public static final Setting<Integer> HEADER_SECONDS =
            timeout("header", 10, "For a request's header, and for the first byte of a connection");

    public static final Setting<Integer> BODY_SECONDS =
            timeout("body", 60, "For a request's body", Trait.RELOADS);

    public static final Setting<Integer> FIRST_TOKEN_SECONDS =
            timeout(
                    "first-token",
                    1800,
                    "From a request to the first token of its answer",
                    Trait.RELOADS);

    public static final Setting<Integer> REQUEST_SECONDS =
            timeout("request", 14_400, "From a request to the end of its answer", Trait.RELOADS);

    public static final Setting<Integer> IDLE_SECONDS =
            timeout(
                    "idle",
                    30,
                    "Without a byte while one is expected, and between two requests of a connection");

    public static final Setting<Integer> WRITE_SECONDS =
            timeout(
                    "write",
                    30,
                    "For one write to a client that reads slowly; a second more for each KiB",
                    Trait.RELOADS);

    public static final Setting<Integer> UPSTREAM_CONNECT_SECONDS =
            timeout("upstream-connect", 5, "For a connection to an upstream", Trait.RELOADS);

    public static final Setting<Integer> UPSTREAM_FIRST_BYTE_SECONDS =
            timeout(
                    "upstream-first-byte",
                    600,
                    "From sending a request to the first byte of an upstream's answer",
                    Trait.RELOADS);

    public static final Setting<Integer> UPSTREAM_IDLE_SECONDS =
            timeout(
                    "upstream-idle",
                    60,
                    "Between two parts of an upstream's answer",
                    Trait.RELOADS);

    private Settings() {}

    public static List<Setting<?>> all() {
        return Collections.unmodifiableList(ALL);
    }

    /** The settings of a model, which need no server. */
    public static List<Setting<?>> ofModel() {
        return ALL.stream().filter(setting -> setting.traits().contains(Trait.MODEL)).toList();
    }

    public static int maxThreads() {
        return Math.max(ALWAYS_THREADS, 2 * PROCESSORS);
    }

    private static long maxBodyMib() {
        return Math.max(1, HeapShare.maxBodyBytes(HEAP_BYTES) >> 20);
    }

    private static long maxLogMib() {
        return Math.min(1024, HEAP_BYTES / 4 >> 20);
    }

    private static <T> Setting<T> add(
            String key, ValueType<T> type, T fallback, String description, Trait... traits) {
        return put(new Setting<>(key, type, fallback, "", description, set(traits)));
    }

    /** A setting that may have no value; {@code unset} says what holds then. */
    private static <T> Setting<Optional<T>> optional(
            String key, ValueType<T> type, String unset, String description, Trait... traits) {
        return put(
                new Setting<>(
                        key,
                        new ValueType.Maybe<>(type),
                        Optional.empty(),
                        unset,
                        description,
                        set(traits)));
    }

    private static Setting<List<String>> list(
            String key, ValueType.Texts type, String unset, String description, Trait... traits) {
        return put(new Setting<>(key, type, List.of(), unset, description, set(traits)));
    }

    private static Setting<Integer> timeout(
            String name, int seconds, String description, Trait... traits) {
        return add(
                "timeout." + name + "-seconds",
                whole("S", 1, DAY_SECONDS),
                seconds,
                description,
                traits);
    }

    private static <T> Setting<T> put(Setting<T> setting) {
        ALL.add(setting);
        return setting;
    }

    private static Set<Trait> set(Trait... traits) {
        Set<Trait> set = EnumSet.noneOf(Trait.class);
        set.addAll(Arrays.asList(traits));
        return set;
    }

    private static ValueType<String> text(String label) {
        return new ValueType.Text(label);
    }

    private static ValueType.Texts texts(String label, String separator) {
        return new ValueType.Texts(label, separator);
    }

    private static ValueType<Integer> whole(String label, long min, long max) {
        return limited(label, min, max, "");
    }

    private static ValueType<Integer> limited(String label, long min, long max, String limitedBy) {
        return new ValueType.Whole(label, min, max, limitedBy);
    }

    /** Up to a day. */
    private static ValueType<Integer> seconds() {
        return whole("S", 0, DAY_SECONDS);
    }
}
