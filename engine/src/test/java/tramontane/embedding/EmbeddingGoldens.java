package tramontane.embedding;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPInputStream;

/** The files of src/test/golden/embedding, which make.py wrote. */
final class EmbeddingGoldens {
    private static final Path DIRECTORY =
            Path.of(System.getProperty("basedir", "."), "src", "test", "golden", "embedding");

    private EmbeddingGoldens() {}

    record Tiny(String model, int[] tokens, float[] vector) {}

    record Sentence(String text, int tokens, float[] vector) {}

    static List<Tiny> tiny() {
        return lines("tiny.txt.gz").stream()
                .map(line -> line.split("\t"))
                .map(line -> new Tiny(line[0], ints(line[1]), floats(line[2])))
                .toList();
    }

    static List<Sentence> minilm() {
        return lines("minilm.txt.gz").stream()
                .map(line -> line.split("\t"))
                .map(line ->
                        new Sentence(
                                line[0].replace("\\\\", "\0")
                                        .replace("\\n", "\n")
                                        .replace("\0", "\\"),
                                Integer.parseInt(line[1]),
                                floats(line[2])))
                .toList();
    }

    static double cosine(float[] a, float[] b) {
        double product = 0;
        double squaresA = 0;
        double squaresB = 0;
        for (int i = 0; i < a.length; i++) {
            product += (double) a[i] * b[i];
            squaresA += (double) a[i] * a[i];
            squaresB += (double) b[i] * b[i];
        }
        return product / Math.sqrt(squaresA * squaresB);
    }

    private static int[] ints(String text) {
        return Arrays.stream(text.split(" ")).mapToInt(Integer::parseInt).toArray();
    }

    private static float[] floats(String text) {
        String[] parts = text.split(" ");
        float[] values = new float[parts.length];
        for (int i = 0; i < values.length; i++) {
            values[i] = Float.parseFloat(parts[i]);
        }
        return values;
    }

    private static List<String> lines(String name) {
        try (InputStream in = new GZIPInputStream(Files.newInputStream(DIRECTORY.resolve(name)))) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
