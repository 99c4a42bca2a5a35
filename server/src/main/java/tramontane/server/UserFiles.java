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

/**
 * Where this user's things are kept.
 *
 * <pre>
 * $XDG_CONFIG_HOME or ~/.config   tramontane/key       the key made at first start, readable by its owner only
 * model files                  see ModelsDirectory
 * </pre>
 */
record UserFiles(Path key, Path models) {
    private static final String DIGITS =
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int KEY_CHARS = 32;

    static UserFiles ofThisUser() {
        return of(System.getenv(), ModelsDirectory.home(System.getenv()));
    }

    static UserFiles of(Map<String, String> environment, Path home) {
        Path config =
                Optional.ofNullable(environment.get("XDG_CONFIG_HOME"))
                        .filter(value -> !value.isBlank())
                        .map(Path::of)
                        .filter(Path::isAbsolute)
                        .orElse(home.resolve(".config"));
        return new UserFiles(
                config.resolve("tramontane/key"), ModelsDirectory.of(environment, home));
    }

    /** The key of this user, made now if there is none yet. */
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
        // Readable by others for not even a moment, so the permissions are set as the file is made.
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
            // Another start made one in this very moment: that one is as good.
            return;
        }
    }
}
