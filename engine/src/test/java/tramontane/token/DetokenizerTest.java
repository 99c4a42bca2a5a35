package tramontane.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class DetokenizerTest {
    private static final Tokenizer BPE = Tokenizer.from(Goldens.smallBpe("llama-bpe"));
    private static final Tokenizer SENTENCE_PIECE = Tokenizer.from(Goldens.smallSentencePiece());

    @Test
    void everyTextIsDecodedInWholeCharacters() {
        for (String text : Goldens.corpus()) {
            check(BPE, text, text);
            // With the space prefix, text after a user-defined token gets a space, as in llama.cpp.
            boolean cut = Stream.of("ab", "bcd", "\n\n", "tool_call>").anyMatch(text::contains);
            if (!cut) {
                // A mark that represents a space cannot be distinguished from a space afterwards.
                check(SENTENCE_PIECE, text, text.replace('▁', ' '));
            }
        }
    }

    private static void check(Tokenizer tokenizer, String text, String expected) {
        Detokenizer detokenizer = new Detokenizer(tokenizer, false);
        List<String> parts = new ArrayList<>();
        for (int token : tokenizer.encode(text)) {
            parts.add(detokenizer.push(token));
        }
        assertThat(String.join("", parts)).isEqualTo(expected);
        assertThat(parts)
                .allSatisfy(part ->
                        assertThat(
                                        new String(
                                                part.getBytes(StandardCharsets.UTF_8),
                                                StandardCharsets.UTF_8))
                                .isEqualTo(part));
    }

    @Test
    void aCharacterIsReturnedWithItsLastByte() {
        assertThat(parts("F0 9F 98 80")).containsExactly("", "", "", "😀");
        assertThat(parts("61 C3 A9 62")).containsExactly("a", "", "é", "b");
    }

    @Test
    void invalidUtf8IsReplaced() {
        assertThat(parts("F0 9F")).containsExactly("", "");
        assertThat(parts("F0 9F 61")).containsExactly("", "", "\uFFFDa");
        assertThat(parts("80 61")).containsExactly("\uFFFD", "a");
        assertThat(parts("C3 C3 A9")).containsExactly("", "\uFFFD", "é");
        assertThat(String.join("", parts("ED A0 80"))).isEqualTo("\uFFFD");
        assertThat(String.join("", parts("F8 88"))).isEqualTo("\uFFFD\uFFFD");
    }

    @Test
    void theSpacePrefixIsNotPartOfTheText() {
        int[] tokens = SENTENCE_PIECE.encode("the");
        assertThat(text(new Detokenizer(SENTENCE_PIECE, false), tokens)).isEqualTo("the");
        assertThat(text(new Detokenizer(SENTENCE_PIECE, true), tokens)).isEqualTo(" the");
    }

    @Test
    void controlTokensHaveNoText() {
        int[] tokens = BPE.encode(List.of(new Span("a</s><tool_call>", true)));
        assertThat(text(new Detokenizer(BPE, false), tokens)).isEqualTo("a<tool_call>");
    }

    @Test
    void anIncompleteCharacterAtTheEndIsLeftOut() {
        Detokenizer detokenizer = new Detokenizer(bytes(), false);
        assertThat(detokenizer.push(0xF0)).isEmpty();
        assertThat(detokenizer.push(0x9F)).isEmpty();
        detokenizer.cut();
        assertThat(detokenizer.push('a')).isEqualTo("a");
    }

    @Test
    void aReplacementCharacterFromTheModelIsKept() {
        Detokenizer detokenizer = new Detokenizer(bytes(), false);
        StringBuilder text = new StringBuilder();
        for (int value : new int[] {0xEF, 0xBF, 0xBD}) {
            text.append(detokenizer.push(value));
        }
        assertThat(text.toString()).isEqualTo("\uFFFD");
    }

    private static String text(Detokenizer detokenizer, int[] tokens) {
        StringBuilder text = new StringBuilder();
        for (int token : tokens) {
            text.append(detokenizer.push(token));
        }
        return text.toString();
    }

    private static List<String> parts(String hex) {
        Detokenizer detokenizer = new Detokenizer(bytes(), false);
        List<String> parts = new ArrayList<>();
        for (String value : hex.split(" ")) {
            parts.add(detokenizer.push(Integer.parseInt(value, 16)));
        }
        return parts;
    }

    /** A vocabulary of the 256 bytes; the id of each is its value. */
    private static Tokenizer bytes() {
        List<String> tokens = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            tokens.add(String.format("<0x%02X>", value));
        }
        int[] types = new int[256];
        Arrays.fill(types, TokenType.BYTE.ordinal());
        SpecialTokens none = new SpecialTokens(Map.of(), false, false, false);
        return Tokenizer.from(
                new Vocabulary("llama", "default", tokens, new float[256], types, List.of(), none));
    }
}
