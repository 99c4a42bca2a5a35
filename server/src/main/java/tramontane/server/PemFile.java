package tramontane.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The blocks of a PEM file (RFC 7468).
 *
 * @param name the setting and the path, for errors
 */
record PemFile(String name, List<Block> blocks) {
    /**
     * One block.
     *
     * @param label such as CERTIFICATE
     */
    record Block(String label, byte[] bytes) {}

    private static final Pattern BLOCK =
            Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----");

    /** A certificate chain has some kilobytes. */
    private static final long MAX_BYTES = 1 << 20;

    static PemFile read(String setting, String path) throws Complaint {
        String name = setting + " " + path;
        try {
            Path file = Path.of(path);
            if (Files.size(file) > MAX_BYTES) {
                throw new Complaint(name + " is longer than " + MAX_BYTES + " bytes");
            }
            List<Block> blocks = new ArrayList<>();
            Matcher matcher = BLOCK.matcher(Files.readString(file));
            while (matcher.find()) {
                blocks.add(
                        new Block(
                                matcher.group(1),
                                Base64.getMimeDecoder().decode(matcher.group(2))));
            }
            if (blocks.isEmpty()) {
                throw new Complaint(name + " is no PEM file: it has no line -----BEGIN …-----");
            }
            return new PemFile(name, blocks);
        } catch (NoSuchFileException e) {
            throw new Complaint(name + ": there is no such file");
        } catch (IOException | IllegalArgumentException e) {
            throw new Complaint("cannot read " + name + ": " + e.getMessage());
        }
    }

    List<Block> all(String label) {
        return blocks.stream().filter(block -> block.label().equals(label)).toList();
    }
}
