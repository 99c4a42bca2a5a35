package tramontane.token;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tramontane.gguf.GgufException;

class TokenizerFuzzTest {
    private static final String TRICKY = "aA1 é中\u0301'stré\r\n\t/<|>[]▁\uD83D\uDE00\0\u0085";

    @Test
    void everyStringIsDecodedUnchangedWithEveryRule() {
        Random random = new Random(11);
        for (String rule : List.of("gpt-2", "llama-bpe", "tekken", "default", "qwen2", "smollm")) {
            Tokenizer tokenizer = Tokenizer.from(Goldens.smallBpe(rule));
            for (int round = 0; round < 1500; round++) {
                check(tokenizer, text(random));
            }
        }
    }

    private static void check(Tokenizer tokenizer, String text) {
        StringBuilder back = new StringBuilder();
        Detokenizer detokenizer = new Detokenizer(tokenizer, false);
        for (int token : tokenizer.encode(text)) {
            back.append(detokenizer.push(token));
        }
        StringBuilder expected = new StringBuilder();
        text.codePoints()
                .map(c -> Character.getType(c) == Character.SURROGATE ? 0xFFFD : c)
                .forEach(expected::appendCodePoint);
        assertThat(back.toString()).isEqualTo(expected.toString());
    }

    @Test
    void mergingEqualsTheNaiveAlgorithm() {
        Random random = new Random(13);
        for (int round = 0; round < 3000; round++) {
            LongMap pairs = new LongMap(8);
            Map<Long, long[]> listed = new HashMap<>();
            for (int rank = 0; rank < 12; rank++) {
                long pair = (long) random.nextInt(6) << 32 | random.nextInt(6);
                long merged = random.nextInt(3, 9);
                pairs.putIfAbsent(pair, (long) rank << 32 | merged);
                listed.putIfAbsent(pair, new long[] {rank, merged});
            }
            List<Integer> symbols = random.ints(random.nextInt(1, 30), 0, 4).boxed().toList();
            assertThat(merge(symbols, new BpeMerges(pairs)))
                    .isEqualTo(mergeNaively(symbols, listed));
        }
    }

    private static List<Integer> merge(List<Integer> symbols, BpeMerges merges) {
        merges.clear();
        for (int i = 0; i < symbols.size(); i++) {
            merges.add(symbols.get(i), i, i + 1);
        }
        merges.run();
        return IntStream.range(0, merges.size())
                .filter(i -> !merges.isGone(i))
                .map(merges::symbol)
                .boxed()
                .toList();
    }

    private static List<Integer> mergeNaively(List<Integer> symbols, Map<Long, long[]> pairs) {
        List<Integer> merged = new ArrayList<>(symbols);
        while (true) {
            int best = -1;
            long bestRank = Long.MAX_VALUE;
            int bestMerged = 0;
            for (int i = 0; i + 1 < merged.size(); i++) {
                long[] pair = pairs.get((long) merged.get(i) << 32 | merged.get(i + 1));
                if (pair != null && pair[0] < bestRank) {
                    bestRank = pair[0];
                    bestMerged = (int) pair[1];
                    best = i;
                }
            }
            if (best < 0) {
                return merged;
            }
            merged.set(best, bestMerged);
            merged.remove(best + 1);
        }
    }

    @Test
    void aDamagedVocabularyIsRefusedOrWorks() {
        Random random = new Random(17);
        List<Vocabulary> sound =
                List.of(Goldens.smallBpe("llama-bpe"), Goldens.smallSentencePiece());
        int refused = 0;
        for (int round = 0; round < 300; round++) {
            try {
                Tokenizer tokenizer = Tokenizer.from(spoil(sound.get(round % 2), random));
                for (int i = 0; i < 10; i++) {
                    int[] tokens =
                            tokenizer.encode(List.of(new Span(text(random), random.nextBoolean())));
                    Detokenizer detokenizer = new Detokenizer(tokenizer, random.nextBoolean());
                    IntStream.of(tokens).forEach(detokenizer::push);
                    detokenizer.cut();
                }
            } catch (GgufException e) {
                refused++;
            }
        }
        assertThat(refused).isBetween(1, 290);
    }

    private static Vocabulary spoil(Vocabulary sound, Random random) {
        List<String> tokens = new ArrayList<>(sound.tokens());
        List<String> merges = new ArrayList<>(sound.merges());
        int[] types = sound.types().clone();
        float[] scores = sound.scores().clone();
        for (int i = 0; i < 200; i++) {
            tokens.set(random.nextInt(tokens.size()), text(random));
            types[random.nextInt(types.length)] = random.nextInt(random.nextInt(40) == 0 ? 9 : 7);
            if (!merges.isEmpty()) {
                merges.set(random.nextInt(merges.size()), text(random) + " " + text(random));
            }
            if (scores.length > 0) {
                scores[random.nextInt(scores.length)] = Float.intBitsToFloat(random.nextInt());
            }
        }
        return new Vocabulary(
                sound.model(), sound.pre(), tokens, scores, types, merges, sound.special());
    }

    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(25);
        for (int i = 0; i < length; i++) {
            text.append(
                    random.nextInt(3) == 0
                            ? (char) random.nextInt(0x10000)
                            : TRICKY.charAt(random.nextInt(TRICKY.length())));
        }
        return text.toString();
    }
}
