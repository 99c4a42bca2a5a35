package tramontane.embedding;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import tramontane.testkit.GoldenText;

/** The files of src/test/golden/embedding, which make.py wrote. */
final class EmbeddingGoldens {
    private static final Path DIRECTORY =
            Path.of(System.getProperty("basedir", "."), "src", "test", "golden", "embedding");

    private EmbeddingGoldens() {}

    record Tiny(String model, int[] tokens, float[] vector) {}

    record Sentence(String text, int tokens, float[] vector) {}

    static List<Tiny> tiny() {
        return GoldenText.lines(DIRECTORY.resolve("tiny.txt.gz")).stream()
                .map(line -> line.split("\t"))
                .map(line -> new Tiny(line[0], ints(line[1]), GoldenText.floats(line[2])))
                .toList();
    }

    static List<Sentence> minilm() {
        return GoldenText.lines(DIRECTORY.resolve("minilm.txt.gz")).stream()
                .map(line -> line.split("\t"))
                .map(line ->
                        new Sentence(
                                line[0].replace("\\\\", "\0")
                                        .replace("\\n", "\n")
                                        .replace("\0", "\\"),
                                Integer.parseInt(line[1]),
                                GoldenText.floats(line[2])))
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
}
