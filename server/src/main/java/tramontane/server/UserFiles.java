package tramontane.server;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tramontane.catalog.ModelsDirectory;
import tramontane.config.ConfigFile;

/**
 * The locations of this user's files.
 *
 * <pre>
 * $XDG_CONFIG_HOME or ~/.config       tramontane/key               the key made at first start, readable by its owner only
 *                                  tramontane/tramontane.toml   settings, if there are any
 * $XDG_STATE_HOME or ~/.local/state   tramontane/ledger.db         keys and a row for each request
 * model files                         see ModelsDirectory
 * </pre>
 */
record UserFiles(Path key, Path config, Path ledger, Path models) {
    private static final String DIGITS =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int KEY_CHARS = 32;

    static UserFiles ofThisUser() {
        return of(System.getenv(), ModelsDirectory.home(System.getenv()));
    }

    static UserFiles of(Map<String, String> environment, Path home) {
        return new UserFiles(
                directory(environment, "XDG_CONFIG_HOME", home.resolve(".config"))
                        .resolve("tramontane/key"),
                directory(environment, "XDG_CONFIG_HOME", home.resolve(".config"))
                        .resolve("tramontane")
                        .resolve(ConfigFile.NAME),
                directory(environment, "XDG_STATE_HOME", home.resolve(".local/state"))
                        .resolve("tramontane/ledger.db"),
                ModelsDirectory.of(environment, home));
    }

    private static Path directory(
            Map<String, String> environment, String variable, Path otherwise) {
        return Optional.ofNullable(environment.get(variable))
                .filter(value -> !value.isBlank())
                .map(Path::of)
                .filter(Path::isAbsolute)
                .orElse(otherwise);
    }

    /** This user's key; created if there is none. */
    String readOrMakeKey(SecureRandom random) throws IOException {
        if (!Files.exists(key)) {
            makeKey(random);
        }
        String text = Files.readString(key).strip();
        if (text.isEmpty()) {
            throw new IOException(
                    key + " holds no key; delete it, and the next start makes a new one");
        }
        return text;
    }

    private void makeKey(SecureRandom random) throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < KEY_CHARS; i++) {
            text.append(DIGITS.charAt(random.nextInt(DIGITS.length())));
        }
        Files.createDirectories(key.getParent());
        boolean posix = Files.getFileStore(key.getParent()).supportsFileAttributeView("posix");
        // Created with its final permissions, so that others can never read it.
        var permissions =
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
        var options = Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
        try (var channel =
                posix
                        ? Files.newByteChannel(key, options, permissions)
                        : Files.newByteChannel(key, options)) {
            channel.write(
                    java.nio.ByteBuffer.wrap(
                            (text + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8)));
        } catch (FileAlreadyExistsException e) {
            // Another process created the key at the same moment: use that one.
            return;
        }
    }
}
