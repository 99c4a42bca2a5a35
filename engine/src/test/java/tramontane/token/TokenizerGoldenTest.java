package tramontane.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Token ids equal those of the reference, which src/test/golden/token/reference.py wrote. */
class TokenizerGoldenTest {
    @ParameterizedTest
    @ValueSource(strings = {"smollm2-135m", "qwen2.5-coder-0.5b", "gemma3-270m"})
    void aRealModelsTokensEqualThoseOfLlamaCpp(String name) {
        Optional<Tokenizer> tokenizer = Goldens.model(name);
        assumeTrue(
                tokenizer.isPresent(),
                () -> name + ".gguf is not here; ./tramontane test fetches it");
        check(name, tokenizer.orElseThrow());
        checkSpecial(name, tokenizer.orElseThrow());
        checkTokens(name, tokenizer.orElseThrow());
    }

    @Test
    void bothSizesOfQwenHaveTheSameTokens() {
        Optional<Tokenizer> tokenizer = Goldens.model("qwen2.5-coder-1.5b");
        assumeTrue(tokenizer.isPresent(), "qwen2.5-coder-1.5b.gguf is not here");
        check("qwen2.5-coder-0.5b", tokenizer.orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {"gpt-2", "llama-bpe", "default", "qwen2", "smollm"})
    void eachPreTokenizerSplitsTextLikeLlamaCpp(String rule) {
        Tokenizer tokenizer = Tokenizer.from(Goldens.smallBpe(rule));
        check("small-bpe-" + rule, tokenizer);
        checkSpecial("small-bpe-" + rule, tokenizer);
        checkTokens("small-bpe-" + rule, tokenizer);
    }

    @Test
    void tekkenSplitsTextLikeMistralsExpression() {
        check("small-bpe-tekken", Tokenizer.from(Goldens.smallBpe("tekken")));
    }

    @Test
    void sentencePieceMergesByScoreAndFallsBackToBytes() {
        Tokenizer tokenizer = Tokenizer.from(Goldens.smallSentencePiece());
        check("small-spm", tokenizer);
        checkSpecial("small-spm", tokenizer);
        checkTokens("small-spm", tokenizer);
    }

    @Test
    void wordPieceSplitsTextLikeHuggingFace() {
        check("small-wordpiece", Tokenizer.from(Goldens.smallWordPiece("")));
        check("small-wordpiece-cased", Tokenizer.from(Goldens.smallWordPiece("-cased")));
    }

    @Test
    void minilmsTokensEqualThoseOfHuggingFace() {
        Optional<Tokenizer> tokenizer = Goldens.model("all-minilm-l6-v2");
        assumeTrue(
                tokenizer.isPresent(),
                "all-minilm-l6-v2.gguf is not here; ./tramontane test converts it");
        check("all-minilm-l6-v2", tokenizer.orElseThrow());
    }

    private static void check(String name, Tokenizer tokenizer) {
        List<String> corpus = Goldens.corpus();
        List<String> rows = Goldens.lines(name + ".ids.gz");
        assertThat(rows).hasSameSizeAs(corpus);
        List<String> wrong = new ArrayList<>();
        for (int line = 0; line < rows.size(); line++) {
            if (rows.get(line).equals("-")) {
                continue; // The reference has no answer for this line.
            }
            String text = corpus.get(line);
            int[] expected = Goldens.ids(rows.get(line));
            int[] found = tokenizer.encode(text);
            if (!Arrays.equals(found, expected)) {
                wrong.add(
                        name
                                + " line "
                                + line
                                + " '"
                                + text
                                + "': "
                                + Arrays.toString(found)
                                + ", expected "
                                + Arrays.toString(expected));
            }
        }
        assertThat(wrong).isEmpty();
    }

    private static void checkSpecial(String name, Tokenizer tokenizer) {
        List<String> corpus = Goldens.corpus();
        int checked = 0;
        for (String row : Goldens.lines("special.gz")) {
            String[] fields = row.split(" ", 3);
            if (fields[0].equals(name)) {
                String text = corpus.get(Integer.parseInt(fields[1]));
                assertThat(tokenizer.encode(List.of(new Span(text, true))))
                        .as("%s with special tokens: %s", name, text)
                        .isEqualTo(Goldens.ids(fields[2]));
                checked++;
            }
        }
        assertThat(checked).isGreaterThan(40);
    }

    /** Checks a checksum of all tokens' bytes, and which tokens end an answer. */
    private static void checkTokens(String name, Tokenizer tokenizer) {
        CRC32 crc = new CRC32();
        List<Integer> ends = new ArrayList<>();
        for (int token = 0; token < tokenizer.size(); token++) {
            crc.update(tokenizer.bytes(token));
            crc.update(0xFF);
            if (tokenizer.isEndOfGeneration(token)) {
                ends.add(token);
            }
        }
        String[] fields =
                Goldens.lines("tokens.txt").stream()
                        .map(line -> line.split(" ", 3))
                        .filter(line -> line[0].equals(name))
                        .findFirst()
                        .orElseThrow();
        assertThat(ends)
                .containsExactly(
                        Arrays.stream(Goldens.ids(fields[2])).boxed().toArray(Integer[]::new));
        assertThat(Long.toHexString(crc.getValue() | 1L << 32).substring(1)).isEqualTo(fields[1]);
    }
}
