package tramontane.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tramontane.gguf.GgufFile;
import tramontane.testkit.RealModels;

/** Encoding may stop early, and the lower bound never exceeds the number of tokens. */
class MinTokenCountTest {
    private static final List<String> PIECES =
            List.of(
                    "a",
                    "the ",
                    " word",
                    "    ",
                    "\n\n",
                    "\u2581\u2581",
                    " \u2581 ",
                    "\u4e2d\u6587",
                    "\ud83d\ude00",
                    "\ud800",
                    "1234567",
                    "----------------",
                    "\u0001",
                    "=",
                    "internationalization",
                    "<|im_start|>",
                    "\u00e9",
                    "</s>");

    private static void check(Tokenizer tokenizer, Random random, int pieces) {
        List<Span> spans = new ArrayList<>();
        for (int span = 0; span < 1 + random.nextInt(4); span++) {
            StringBuilder text = new StringBuilder();
            while (text.length() < random.nextInt(1 + pieces)) {
                String piece = PIECES.get(random.nextInt(PIECES.size()));
                text.append(piece.repeat(1 + random.nextInt(random.nextBoolean() ? 2 : 300)));
            }
            spans.add(new Span(text.toString(), random.nextBoolean()));
        }
        int[] all = tokenizer.encode(spans);
        for (int max :
                new int[] {0, 1, all.length / 2, all.length - 1, all.length, 2 * all.length}) {
            int[] some = tokenizer.encode(spans, Math.max(0, max));
            if (all.length <= Math.max(0, max)) {
                assertThat(some).isEqualTo(all);
            } else {
                assertThat(some.length).as("of %d tokens", all.length).isGreaterThan(max);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void theLowerBoundNeverExceedsTheNumberOfTokens(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 50; i++) {
            check(Tokenizer.from(Goldens.smallBpe("llama-bpe")), random, 2000);
            check(Tokenizer.from(Goldens.smallSentencePiece()), random, 2000);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"qwen2.5-coder-0.5b", "smollm2-135m", "gemma3-270m"})
    void theLowerBoundHoldsForRealTokenizers(String model) {
        Optional<Path> path = RealModels.find(model);
        assumeThat(path).as("model " + model).isPresent();
        try (GgufFile file = GgufFile.open(path.orElseThrow())) {
            Tokenizer tokenizer = Tokenizer.from(file.metadata());
            Random random = new Random(3);
            for (int i = 0; i < 100; i++) {
                check(tokenizer, random, 5000);
            }
        }
    }

    /** Without a bound, this takes minutes and gigabytes. */
    @Test
    void onlyTheBeginningOfAVeryLongTextIsEncoded() {
        Tokenizer tokenizer = Tokenizer.from(Goldens.smallBpe("llama-bpe"));
        for (String piece : List.of("a", "the word ", "\u4e2d", "<|im_start|>")) {
            String text = piece.repeat((200 << 20) / piece.length());
            int[] tokens = tokenizer.encode(List.of(new Span(text, true)), 1000);
            assertThat(tokens.length).isBetween(1001, 100_000);
        }
    }
}
