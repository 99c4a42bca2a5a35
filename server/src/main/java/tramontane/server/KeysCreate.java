package tramontane.server;

import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tramontane.access.ApiKey;
import tramontane.access.KeyLimits;
import tramontane.access.StoredKey;
import tramontane.api.FieldSet;
import tramontane.store.DatabaseUrl;

/** {@code keys create}. */
@Command(
        name = "create",
        description = "Creates a key and prints it, this once.",
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class KeysCreate implements Callable<Integer> {
    private static final Pattern NAME =
            Pattern.compile("(?!key_[0-9a-f]{12}$)[A-Za-z0-9][A-Za-z0-9._@-]{0,63}");
    private static final int ID_BYTES = 6;

    @Mixin private LedgerAddress database = new LedgerAddress();

    @Parameters(
            paramLabel = "NAME",
            description = "Who the key is for; letters, digits, '.', '_', '-' and '@'.")
    private String name = "";

    @Option(
            names = "--models",
            paramLabel = "MODEL",
            split = ",",
            description = "The only models that the key may use, separated by commas.")
    private List<String> models = new ArrayList<>();

    @Option(
            names = "--expires",
            paramLabel = "TIME",
            converter = TimeSpan.class,
            description = "When the key ends, from now on, such as 12h or 30d (default: never).")
    private Optional<Duration> expires = Optional.empty();

    @Mixin private LimitOptions limits = new LimitOptions();

    @Option(
            names = "--admin",
            description = "Also opens what belongs to other callers, such as /tramontane/keys.")
    private boolean admin;

    @Option(
            names = "--openai-fields",
            description =
                    "Accept OpenAI's fields from this key, as serve --openai-fields does from all.")
    private boolean openAiFields;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Override
    public Integer call() throws Complaint {
        if (!NAME.matcher(name).matches()) {
            throw new ParameterException(
                    spec.commandLine(),
                    "'"
                            + name
                            + "' is not a name of a key: up to 64 letters, digits, '.', '_', '-' and '@', and not like an id");
        }
        if (models.stream().anyMatch(String::isBlank)) {
            throw new ParameterException(spec.commandLine(), "--models has an empty name");
        }
        SecureRandom random = new SecureRandom();
        String text = ApiKey.create(random);
        StoredKey key = key(text, random);
        DatabaseUrl url = Keys.url(database);
        boolean created = Keys.inTable(url, table -> table.create(key));
        if (!created) {
            throw new Complaint(
                    "there is a key "
                            + name
                            + " already; ./tramontane keys rotate "
                            + name
                            + " replaces its text, ./tramontane keys revoke "
                            + name
                            + " ends it");
        }
        Keys.show(
                spec,
                text,
                "Created key " + name + " (" + key.id() + ") in the database " + url + ".");
        return 0;
    }

    private StoredKey key(String text, SecureRandom random) {
        byte[] id = new byte[ID_BYTES];
        random.nextBytes(id);
        long now = System.currentTimeMillis();
        return new StoredKey(
                "key_" + HexFormat.of().formatHex(id),
                name,
                new StoredKey.Secret(ApiKey.sha256(text), Optional.empty()),
                new StoredKey.Lifetime(
                        now,
                        expires.map(time -> now + time.toMillis()),
                        Optional.empty(),
                        Optional.empty()),
                new StoredKey.Scope(
                        new HashSet<>(models),
                        admin,
                        openAiFields ? FieldSet.WITH_OPENAI : FieldSet.MISTRAL),
                limits.applyTo(KeyLimits.NONE));
    }
}
