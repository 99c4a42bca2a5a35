package tramontane.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Texts of up to three bytes for a character are those of the JDK's decoder. */
class ShortTextsTest {
    @TempDir private Path folder;

    private Optional<String> read(byte[] utf8) throws IOException {
        Path path = folder.resolve("text");
        Files.write(path, utf8);
        try (FileBytes file = new FileBytes(path);
                Bytes bytes = new Bytes(file)) {
            bytes.require("text", utf8.length);
            return new ShortTexts().read(bytes, 0, utf8.length);
        }
    }

    private void check(byte[] utf8) throws IOException {
        Optional<String> expected = decoded(utf8);
        assertThat(read(utf8)).isEqualTo(expected);
    }

    /** Empty for what is left to the slower decoder: malformed, or four bytes for a character. */
    private static Optional<String> decoded(byte[] utf8) {
        try {
            return Optional.of(
                            StandardCharsets.UTF_8
                                    .newDecoder()
                                    .decode(ByteBuffer.wrap(utf8))
                                    .toString())
                    .filter(text -> text.chars().noneMatch(c -> Character.isSurrogate((char) c)));
        } catch (CharacterCodingException malformed) {
            return Optional.empty();
        }
    }

    @Test
    void everyCharacterIsDecoded() throws IOException {
        for (int first = 0; first < 0x10000; first += 64) {
            StringBuilder text = new StringBuilder();
            for (int c = first; c < first + 64; c++) {
                text.append(Character.isSurrogate((char) c) ? 'x' : (char) c);
            }
            check(text.toString().getBytes(StandardCharsets.UTF_8));
        }
        check("Ġa\uD83D\uDE00".getBytes(StandardCharsets.UTF_8));
        check(new byte[0]);
    }

    @Test
    void malformedTextsAreLeftToTheDecoderThatRefusesThem() throws IOException {
        Random random = new Random(1);
        byte[] alphabet = {'a', (byte) 0x80, (byte) 0xBF, (byte) 0xC0, (byte) 0xC2, (byte) 0xDF};
        byte[] more = {
            (byte) 0xE0, (byte) 0xA0, (byte) 0xED, (byte) 0x9F, (byte) 0xEF, (byte) 0xF0
        };
        for (int i = 0; i < 5_000; i++) {
            byte[] text = new byte[random.nextInt(6)];
            for (int at = 0; at < text.length; at++) {
                text[at] =
                        random.nextBoolean()
                                ? alphabet[random.nextInt(6)]
                                : more[random.nextInt(6)];
            }
            check(text);
        }
        assertThat(read(new byte[257])).isEmpty();
    }
}
