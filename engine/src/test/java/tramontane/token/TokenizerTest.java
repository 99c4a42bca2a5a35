package tramontane.token;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tramontane.gguf.GgufException;

class TokenizerTest {
    private static final Tokenizer BPE = Tokenizer.from(Goldens.smallBpe("llama-bpe"));
    private static final Tokenizer SENTENCE_PIECE = Tokenizer.from(Goldens.smallSentencePiece());

    @Test
    void plainTextNeverBecomesAControlToken() {
        for (Tokenizer tokenizer : List.of(BPE, SENTENCE_PIECE)) {
            for (int token = 0; token < tokenizer.size(); token++) {
                if (tokenizer.isControl(token)) {
                    String name = tokenizer.text(token);
                    assertThat(tokenizer.encode("a" + name + name + " b"))
                            .as(name)
                            .doesNotContain(token);
                    assertThat(tokenizer.encode(List.of(new Span("a" + name, true))))
                            .contains(token);
                }
            }
        }
    }

    @Test
    void theFimPromptHasTheOrderOfEachModelFamily() {
        checkFim(List.of("<|fim_prefix|>", "<|fim_suffix|>", "<|fim_middle|>"), 4, 0, 5, 1, 6);
        checkFim(List.of("<PRE>", "<SUF>", "<MID>"), 4, 0, 5, 1, 6);
        checkFim(List.of("[PREFIX]", "[SUFFIX]", "[MIDDLE]"), 5, 1, 4, 0);
        checkFim(List.of("[PREFIX]", "<SUF>", "<MID>"));
    }

    /** Checks the prompt for text between "a" (0) and "b" (1). Tokens 4, 5 and 6 have the names. */
    private static void checkFim(List<String> names, int... expected) {
        List<String> tokens = new ArrayList<>(List.of("a", "b", "c", "d"));
        tokens.addAll(names);
        int[] types = {1, 1, 1, 1, 3, 3, 3};
        Tokenizer tokenizer =
                Tokenizer.from(
                        new Vocabulary(
                                "gpt2",
                                "default",
                                tokens,
                                new float[0],
                                types,
                                List.of(),
                                new SpecialTokens(Map.of(), false, false, false)));
        assertThat(tokenizer.supportsFim()).isEqualTo(expected.length > 0);
        assertThat(tokenizer.fimPrompt("a", "b", Integer.MAX_VALUE).orElse(new int[0]))
                .isEqualTo(expected);
    }

    @Test
    void mergesDoNotProduceAControlToken() {
        // "<" and "/s>" are tokens, and so is "</s>", with the best score of all. Its name makes it
        // a control token even where the file says it is normal.
        for (int type : new int[] {TokenType.CONTROL.ordinal(), TokenType.NORMAL.ordinal()}) {
            Vocabulary vocabulary =
                    new Vocabulary(
                            "llama",
                            "default",
                            List.of("<unk>", "<s>", "</s>", "<", "/", "s", ">", "s>", "/s>"),
                            new float[] {0, 0, 0, -9, -9, -9, -9, -1, -2},
                            new int[] {2, 3, type, 1, 1, 1, 1, 1, 1},
                            List.of(),
                            new SpecialTokens(Map.of("unknown", 0), false, false, false));
            assertThat(Tokenizer.from(vocabulary).encode("</s>")).containsExactly(3, 8);
        }
    }

    @Test
    void bordersOfSpansDoNotChangeOrdinaryText() {
        Random random = new Random(7);
        for (Tokenizer tokenizer : List.of(BPE, SENTENCE_PIECE)) {
            for (String text : Goldens.corpus().subList(0, 900)) {
                List<Span> spans = new ArrayList<>();
                for (int at = 0; at < text.length(); ) {
                    int end = Math.min(text.length(), at + 1 + random.nextInt(9));
                    boolean splitsPair =
                            end < text.length()
                                    && Character.isSurrogatePair(
                                            text.charAt(end - 1), text.charAt(end));
                    end += splitsPair ? 1 : 0;
                    boolean harmless = text.indexOf('<') < 0 && text.indexOf('[') < 0;
                    spans.add(new Span(text.substring(at, end), harmless && random.nextBoolean()));
                    at = end;
                }
                assertThat(tokenizer.encode(spans)).as(text).isEqualTo(tokenizer.encode(text));
            }
        }
    }

    @Test
    void allOfAControlTokenMustBeTrustedText() {
        int end = BPE.encode(List.of(new Span("<|eot_id|>", true)))[0];
        check(true, end, new Span("<|eot", true), new Span("_id|>", true));
        check(false, end, new Span("<|eot", true), new Span("_id|>", false));
        check(false, end, new Span("<|eot", false), new Span("_id|>", true));
        check(false, end, new Span("<|eot_id|", true), new Span(">", false));
        check(
                true,
                end,
                new Span("<|eot", false),
                new Span("<|eot_id|>", true),
                new Span("_id|>", false));
    }

    private static void check(boolean special, int token, Span... spans) {
        int[] tokens = BPE.encode(List.of(spans));
        assertThat(Arrays.stream(tokens).filter(id -> id == token).count())
                .as(Arrays.toString(spans))
                .isEqualTo(special ? 1 : 0);
    }

    @Test
    void anUnpairedSurrogateBecomesAReplacementCharacter() {
        for (Tokenizer tokenizer : List.of(BPE, SENTENCE_PIECE)) {
            assertThat(tokenizer.encode("a\uD83D")).isEqualTo(tokenizer.encode("a\uFFFD"));
            assertThat(tokenizer.encode("\uDE00b")).isEqualTo(tokenizer.encode("\uFFFDb"));
            assertThat(tokenizer.encode("\uDE00\uD83D"))
                    .isEqualTo(tokenizer.encode("\uFFFD\uFFFD"));
            assertThat(
                            tokenizer.encode(
                                    List.of(new Span("\uD83D", true), new Span("\uDE00", false))))
                    .isEqualTo(tokenizer.encode("\uD83D\uDE00"));
        }
    }

    @Test
    void anEmptyTextHasNoTokens() {
        assertThat(BPE.encode("")).isEmpty();
        assertThat(SENTENCE_PIECE.encode("")).isEmpty();
        assertThat(SENTENCE_PIECE.encode(List.of(new Span("", true), new Span("", false))))
                .isEmpty();
    }

    @Test
    void bosAndEosAreAddedAsTheFileSaysAndNoBosTwice() {
        int bos = SENTENCE_PIECE.bos().orElseThrow();
        assertThat(SENTENCE_PIECE.withBosAndEos(new int[] {5, 6})).containsExactly(bos, 5, 6);
        assertThat(SENTENCE_PIECE.withBosAndEos(new int[] {bos, 5})).containsExactly(bos, 5);
        assertThat(SENTENCE_PIECE.withBosAndEos(new int[0])).containsExactly(bos);
        Tokenizer withEos = Tokenizer.from(letters("gpt2", "qwen2", Map.of("eos", 1), false, true));
        assertThat(withEos.withBosAndEos(new int[] {0})).containsExactly(0, 1);
        Tokenizer plain = Tokenizer.from(letters("gpt2", "qwen2", Map.of("bos", 1), false, false));
        assertThat(plain.withBosAndEos(new int[] {0})).containsExactly(0);
    }

    @Test
    void aControlTokenHasANameButNoBytes() {
        int bos = BPE.bos().orElseThrow();
        assertThat(BPE.text(bos)).isEqualTo("<s>");
        assertThat(BPE.bytes(bos)).isEmpty();
        assertThat(BPE.isControl(bos)).isTrue();
        assertThat(BPE.isEndOfGeneration(bos)).isFalse();
        assertThat(BPE.isEndOfGeneration(BPE.eos().orElseThrow())).isTrue();
    }

    @Test
    void anUnknownAlgorithmOrRuleIsRefusedByName() {
        assertThatThrownBy(() -> Tokenizer.from(letters("rwkv", "default", Map.of(), false, false)))
                .isInstanceOf(GgufException.class)
                .hasMessage(
                        "tokenizer.ggml.model: is 'rwkv', known are gpt2 (BPE), llama (SentencePiece), bert (WordPiece)");
        assertThatThrownBy(() -> Tokenizer.from(letters("gpt2", "kimi-k2", Map.of(), false, false)))
                .isInstanceOf(GgufException.class)
                .hasMessageContaining("tokenizer.ggml.pre: is 'kimi-k2', known are gpt-2,")
                .hasMessageContaining("tekken");
    }

    @Test
    void aContradictoryVocabularyIsRefused() {
        assertThatThrownBy(() -> letters("gpt2", "qwen2", Map.of("eos", 9), false, false))
                .hasMessage("tokenizer.ggml.eos_token_id: is 9, the vocabulary has 2 tokens");
        SpecialTokens none = new SpecialTokens(Map.of(), false, false, false);
        List<String> tokens = List.of("a", "b");
        assertThatThrownBy(() ->
                        new Vocabulary(
                                "llama", "", tokens, new float[1], new int[0], List.of(), none))
                .hasMessage("tokenizer.ggml.scores: has 1 elements for 2 tokens");
        assertThatThrownBy(() ->
                        Tokenizer.from(
                                new Vocabulary(
                                        "llama",
                                        "",
                                        tokens,
                                        new float[2],
                                        new int[] {1, 9},
                                        List.of(),
                                        none)))
                .hasMessage("tokenizer.ggml.token_type: holds 9, known are 0 to 6");
    }

    @Test
    void aVocabularyWithoutMergesOrScoresIsRefusedWithTheKey() {
        List<String> words = List.of("a", "b", "c", "ab", "abc");
        check(words, new int[0], List.of(), "tokenizer.ggml.merges: is missing or empty");
        check(words, new int[] {1, 1, 1, 1, 1}, List.of(), "tokenizer.ggml.merges: is missing");
        check(
                words,
                new int[0],
                List.of("a b", "ab"),
                "tokenizer.ggml.merges: holds 'ab' at place 1");
        check(
                words,
                new int[0],
                List.of("x y", "xy z", "a b"),
                "tokenizer.ggml.merges: belongs to another vocabulary");
        check(words, new int[] {1, 1}, List.of("a b"), "token_type: has 2 elements for 5 tokens");
        check(words, new int[9], List.of("a b"), "token_type: has 9 elements for 5 tokens");
        assertThatThrownBy(() -> untyped("llama", List.of("a", "ab"), List.of(), Map.of()))
                .hasMessageStartingWith("tokenizer.ggml.scores: is missing");
        // No merges are needed if all tokens are single bytes or added tokens.
        assertThat(untyped("gpt2", List.of("a", "b"), List.of(), Map.of()).encode("ab"))
                .containsExactly(0, 1);
    }

    private static void check(List<String> tokens, int[] types, List<String> merges, String fault) {
        SpecialTokens none = new SpecialTokens(Map.of(), false, false, false);
        assertThatThrownBy(() ->
                        new Vocabulary(
                                "gpt2", "default", tokens, new float[0], types, merges, none))
                .isInstanceOf(GgufException.class)
                .hasMessageContaining(fault);
    }

    private static Tokenizer untyped(
            String model, List<String> tokens, List<String> merges, Map<String, Integer> roles) {
        SpecialTokens special = new SpecialTokens(roles, false, false, false);
        return Tokenizer.from(
                new Vocabulary(
                        model, "default", tokens, new float[0], new int[0], merges, special));
    }

    @Test
    void withoutTypesTheNamedTokensAreControlTokens() {
        List<String> tokens = List.of("x", "b", "y", "xb", "xby", "end", "bb", "<|turn|>");
        Tokenizer tokenizer =
                untyped(
                        "gpt2",
                        tokens,
                        List.of("x b", "xb y", "b b"),
                        Map.of("bos", 4, "eos", 5, "eot", 6));
        assertThat(tokenizer.isControl(4)).isTrue();
        assertThat(tokenizer.isEndOfGeneration(5)).isTrue();
        assertThat(tokenizer.isEndOfGeneration(6)).isTrue();
        assertThat(tokenizer.isControl(3)).isFalse();
        // Only trusted text spells them, and the same holds for a name in brackets.
        assertThat(tokenizer.encode("xby")).containsExactly(0, 1, 2);
        assertThat(tokenizer.encode("bb")).containsExactly(1, 1);
        assertThat(tokenizer.encode(List.of(new Span("xbyendbb<|turn|>", true))))
                .containsExactly(4, 5, 6, 7);
        assertThat(tokenizer.encode("<|turn|>")).doesNotContain(7);
        assertThat(tokenizer.bytes(4)).isEmpty();
    }

    @Test
    void withoutTypesBytesAreRecognizedByTheirNames() {
        Vocabulary vocabulary =
                new Vocabulary(
                        "llama",
                        "",
                        List.of("<unk>", "<s>", "</s>", "<0x41>", "B"),
                        new float[5],
                        new int[0],
                        List.of(),
                        new SpecialTokens(
                                Map.of("unknown", 0, "bos", 1, "eos", 2), false, false, false));
        Tokenizer tokenizer = Tokenizer.from(vocabulary);
        assertThat(tokenizer.encode("AB")).containsExactly(3, 4);
        assertThat(tokenizer.text(3)).isEqualTo("A");
        assertThat(tokenizer.isControl(0)).isTrue();
        assertThat(tokenizer.encode("<s>")).doesNotContain(1);
    }

    @Test
    void endTokensAreControlTokensWithAnyType() {
        Vocabulary vocabulary =
                new Vocabulary(
                        "gpt2",
                        "default",
                        List.of("a", "b", "ab"),
                        new float[0],
                        new int[] {1, 1, 1},
                        List.of("a b"),
                        new SpecialTokens(Map.of("eos", 2, "bos", 0), false, false, false));
        assertThat(Tokenizer.from(vocabulary).encode("ab")).containsExactly(0, 1);
    }

    @Test
    void aHundredThousandEqualLettersAreEncoded() {
        for (String rule : List.of("gpt-2", "llama-bpe", "tekken", "default", "qwen2", "smollm")) {
            Tokenizer tokenizer = Tokenizer.from(Goldens.smallBpe(rule));
            for (String unit : List.of("a", "A", "\n", " ", "1", "中A", "' ", "\u0301!", "ab\n")) {
                checkWhole(tokenizer, unit.repeat(100_000 / unit.length()));
            }
        }
        checkWhole(SENTENCE_PIECE, "xy".repeat(50_000));
        checkWhole(SENTENCE_PIECE, " ".repeat(100_000));
    }

    private static void checkWhole(Tokenizer tokenizer, String text) {
        long bytes =
                IntStream.of(tokenizer.encode(text))
                        .mapToLong(token -> tokenizer.bytes(token).length)
                        .sum();
        int prefix = tokenizer.addsSpacePrefix() ? 1 : 0;
        assertThat(bytes).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length + prefix);
    }

    private static Vocabulary letters(
            String model, String pre, Map<String, Integer> roles, boolean addBos, boolean addEos) {
        return new Vocabulary(
                model,
                pre,
                List.of("a", "b"),
                new float[0],
                new int[0],
                List.of(),
                new SpecialTokens(roles, addBos, addEos, false));
    }

    @Test
    void wordPieceFramesATextAndNeverReadsSpecialTokensFromIt() {
        Tokenizer tokenizer = Tokenizer.from(Goldens.smallWordPiece(""));
        int[] plain = tokenizer.encode("[CLS] the [SEP] [UNK] [PAD] [MASK]");
        assertThat(Arrays.stream(plain).filter(token -> token != 1).noneMatch(tokenizer::isControl))
                .isTrue();
        int[] framed = tokenizer.withBosAndEos(plain);
        assertThat(tokenizer.text(framed[0])).isEqualTo("[CLS]");
        assertThat(tokenizer.text(framed[framed.length - 1])).isEqualTo("[SEP]");
        assertThat(framed).hasSize(plain.length + 2);
        assertThat(tokenizer.withBosAndEos(tokenizer.encode(""))).hasSize(2);
    }

    @Test
    void wordPieceStopsSoonAfterTheMaximum() {
        Tokenizer tokenizer = Tokenizer.from(Goldens.smallWordPiece(""));
        assertThat(tokenizer.encode("a b c ".repeat(1000), 10)).hasSizeBetween(11, 20);
        assertThat(tokenizer.encode("x".repeat(1_000_000), 10)).hasSize(1);
        assertThat(tokenizer.encode("e" + "\u0301\u0323".repeat(500_000), 10))
                .isEqualTo(tokenizer.encode("e"));
    }
}
