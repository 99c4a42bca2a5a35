package tramontane.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.zip.GZIPInputStream;
import tramontane.gguf.GgufFile;
import tramontane.gguf.GgufMetadata;
import tramontane.testkit.RealModels;

/** The files of src/test/golden/token, and the vocabularies with which they were made. */
final class Goldens {
    private static final Path DIRECTORY =
            Path.of(System.getProperty("basedir", "."), "src", "test", "golden", "token");

    private Goldens() {}

    static List<String> lines(String name) {
        String text = new String(bytes(name), StandardCharsets.UTF_8);
        assertThat(text).endsWith("\n");
        return List.of(text.substring(0, text.length() - 1).split("\n", -1));
    }

    static List<String> corpus() {
        return lines("corpus.txt.gz").stream().map(Goldens::unescape).toList();
    }

    static int[] ids(String row) {
        return row.isEmpty()
                ? new int[0]
                : Arrays.stream(row.split(" ")).mapToInt(id -> Integer.parseInt(id, 36)).toArray();
    }

    /** The small BPE vocabulary with the pre-tokenizer {@code pre}. */
    static Vocabulary smallBpe(String pre) {
        Vocabulary small = vocabulary("small-bpe.gguf.gz");
        return new Vocabulary(
                small.model(),
                pre,
                small.tokens(),
                small.scores(),
                small.types(),
                small.merges(),
                small.special());
    }

    static Vocabulary smallSentencePiece() {
        return vocabulary("small-spm.gguf.gz");
    }

    /**
     * A small WordPiece vocabulary.
     *
     * @param kind empty for one without upper case, or {@code -cased}
     */
    static Vocabulary smallWordPiece(String kind) {
        return vocabulary("small-wordpiece" + kind + ".gguf.gz");
    }

    /** Reads the metadata of a small vocabulary. */
    static <T> T ofSmall(String kind, Function<GgufMetadata, T> reading) {
        return inFile("small-" + kind + ".gguf.gz", reading);
    }

    /** Reads the metadata of a real model, if it is on this machine. */
    static <T> Optional<T> ofModel(String name, Function<GgufMetadata, T> reading) {
        return RealModels.find(name).map(file -> read(file, reading));
    }

    /** A real model's tokenizer, if the model is on this machine. */
    static Optional<Tokenizer> model(String name) {
        return ofModel(name, Tokenizer::from);
    }

    private static Vocabulary vocabulary(String name) {
        return inFile(name, Vocabulary::from);
    }

    private static <T> T inFile(String name, Function<GgufMetadata, T> reading) {
        try {
            Path file = Files.createTempFile("tramontane", ".gguf");
            Files.write(file, bytes(name));
            T found = read(file, reading);
            Files.delete(file);
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> T read(Path file, Function<GgufMetadata, T> reading) {
        try (GgufFile gguf = GgufFile.open(file)) {
            return reading.apply(gguf.metadata());
        }
    }

    private static byte[] bytes(String name) {
        try (InputStream file = Files.newInputStream(DIRECTORY.resolve(name));
                InputStream in = name.endsWith(".gz") ? new GZIPInputStream(file) : file) {
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String unescape(String line) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < line.length(); i++) {
            char c = line.charAt(i);
            if (c == '\\') {
                c =
                        switch (line.charAt(++i)) {
                            case 'n' -> '\n';
                            case 'r' -> '\r';
                            case '0' -> '\0';
                            default -> '\\';
                        };
            }
            text.append(c);
        }
        return text.toString();
    }
}
