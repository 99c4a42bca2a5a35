package tramontane.image;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Pictures made by {@code src/test/golden/image/make.py}, with Pillow's pixels. */
final class GoldenImages {
    static final Path FOLDER = Path.of("src/test/golden/image");
    static final ImageLimits LIMITS = new ImageLimits(8, 1 << 20, 1 << 20);

    private GoldenImages() {}

    static List<String> names() {
        try (Stream<Path> files = Files.list(FOLDER.resolve("files"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] file(String name) {
        return read(FOLDER.resolve("files").resolve(name));
    }

    static Picture pixels(String name) {
        byte[] ppm = read(FOLDER.resolve("pixels").resolve(name + ".ppm"));
        String head = new String(ppm, 0, 20, StandardCharsets.ISO_8859_1);
        String[] words = head.split("\\s");
        int start = (words[0] + words[1] + words[2] + words[3]).length() + 4;
        return new Picture(
                Integer.parseInt(words[1]),
                Integer.parseInt(words[2]),
                Arrays.copyOfRange(ppm, start, ppm.length));
    }

    static Picture decoded(byte[] file) throws ImageException, InterruptedException {
        return new ImageDecoder(LIMITS).decode(file, picture -> picture);
    }

    static byte[] read(Path path) {
        try {
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
