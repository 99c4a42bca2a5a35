package tramontane.vision;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import tramontane.testkit.GoldenText;
import tramontane.testkit.TinyVision;

/** The files of src/test/golden/vision, which make.py and gemma.py wrote with transformers. */
public final class VisionGoldens {
    private static final Path DIRECTORY =
            Path.of(System.getProperty("basedir", "."), "src", "test", "golden", "vision");

    private VisionGoldens() {}

    /** The rows of a picture. */
    public record Rows(String encoder, ImagePixels pixels, float[] values) {}

    /** A picture in a prompt. */
    public record Placed(int position, ImagePixels pixels) {}

    /** The logits of the token after a position of a prompt. */
    public record Logits(
            String encoder,
            String text,
            int[] tokens,
            List<Placed> images,
            int position,
            float[] logits) {}

    public static List<Rows> rows() {
        return lines("rows.txt.gz", "siglip-rows.txt.gz")
                .map(line -> line.split("\t"))
                .map(line ->
                        new Rows(
                                line[0], pixels(line[1].split(" "), 0), GoldenText.floats(line[2])))
                .toList();
    }

    public static List<Logits> logits() {
        return lines("logits.txt.gz", "siglip-logits.txt.gz")
                .map(line -> line.split("\t"))
                .map(line ->
                        new Logits(
                                line[0].split(" ")[0],
                                line[0].split(" ")[1],
                                Arrays.stream(line[1].split(" "))
                                        .mapToInt(Integer::parseInt)
                                        .toArray(),
                                Stream.of(line[2].split(" ")).map(VisionGoldens::placed).toList(),
                                Integer.parseInt(line[3]),
                                GoldenText.floats(line[4])))
                .toList();
    }

    private static Stream<String> lines(String... files) {
        return Stream.of(files).flatMap(file -> GoldenText.lines(DIRECTORY.resolve(file)).stream());
    }

    private static Placed placed(String text) {
        String[] fields = text.split(":");
        return new Placed(Integer.parseInt(fields[0]), pixels(fields, 1));
    }

    /** From a width, a height and a seed. */
    private static ImagePixels pixels(String[] fields, int from) {
        int width = Integer.parseInt(fields[from]);
        int height = Integer.parseInt(fields[from + 1]);
        int seed = Integer.parseInt(fields[from + 2]);
        return new ImagePixels(width, height, TinyVision.picture(width, height, seed));
    }
}
