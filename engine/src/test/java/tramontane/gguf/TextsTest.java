package tramontane.gguf;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is well-formed is decided as by the JDK's decoder; GgufFileTest reads texts of files. */
class TextsTest {
    private static void check(byte[] utf8) {
        // Bytes around the text must not matter.
        byte[] framed = new byte[utf8.length + 2];
        framed[0] = (byte) 0xE2;
        framed[utf8.length + 1] = (byte) 0x81;
        System.arraycopy(utf8, 0, framed, 1, utf8.length);
        assertThat(Texts.isWellFormed(framed, 1, utf8.length + 1)).isEqualTo(isDecodable(utf8));
    }

    private static boolean isDecodable(byte[] utf8) {
        try {
            StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8));
            return true;
        } catch (CharacterCodingException malformed) {
            return false;
        }
    }

    @Test
    void everyCharacterIsWellFormed() {
        for (int first = 0; first <= Character.MAX_CODE_POINT; first += 64) {
            StringBuilder text = new StringBuilder();
            for (int c = first; c < first + 64; c++) {
                text.appendCodePoint(c >= 0xD800 && c < 0xE000 ? 'x' : c);
            }
            byte[] utf8 = text.toString().getBytes(StandardCharsets.UTF_8);
            assertThat(Texts.isWellFormed(utf8, 0, utf8.length)).isTrue();
        }
    }

    @Test
    void malformedTextsAreRecognized() {
        Random random = new Random(1);
        int[] bytes = {
            'a', 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2, 0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4,
            0xF5
        };
        for (int i = 0; i < 100_000; i++) {
            byte[] text = new byte[random.nextInt(6)];
            for (int at = 0; at < text.length; at++) {
                text[at] = (byte) bytes[random.nextInt(bytes.length)];
            }
            check(text);
        }
    }

    @Test
    void aListKeepsItsTexts() {
        List<String> texts = List.of("", "a", "ĠThe", "\uD83D\uDE00", "");
        Texts copy = Texts.of(texts);
        assertThat(copy).isEqualTo(texts);
        assertThat(Texts.of(copy)).isSameAs(copy);
        assertThat(Texts.of(List.of())).isEmpty();
        assertThat(
                        new String(
                                copy.utf8(),
                                copy.start(2),
                                copy.end(2) - copy.start(2),
                                StandardCharsets.UTF_8))
                .isEqualTo("ĠThe");
    }
}
