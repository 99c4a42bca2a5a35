package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tramontane.cache.BlockPool;
import tramontane.draft.DraftModel;
import tramontane.draft.DraftedAnswer;
import tramontane.draft.StepCostModel;
import tramontane.gguf.GgufFile;
import tramontane.kernel.OffHeap;
import tramontane.kernel.Workers;
import tramontane.kernel.choice.KernelChoice;
import tramontane.model.ModelConfig;
import tramontane.model.Transformer;
import tramontane.model.WeightSource;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.TokenCounts;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyVocabulary;

/** What a draft model drafts when steps of the large model are expensive. */
class DraftModelTest {
    private static final TinyModel MODEL = TinyModel.of(Architecture.LLAMA);
    private static final SamplingParams GREEDY = new SamplingParams(0, 1, 0, 0, 0);
    private static final SamplingParams SAMPLED = new SamplingParams(1.2, 0.95, 7, 0.3, 0.2);
    private static final int ANSWER = 120;
    private static final int CONTEXT = 512;

    /** A draft model, and an engine of the model that it drafts for. */
    private static final class Pair implements AutoCloseable {
        private final Arena arena = Arena.ofShared();
        private final Workers workers = new Workers(1);
        private final Path path;
        final DraftModel drafts;
        final StepCostModel steps = new StepCostModel();
        int proposed;

        /** Answers that the large model's steps continue. */
        int answers = 1;

        /** Tokens that a step gains besides, where a draft was wrong, as from another source. */
        int besides;

        /** Where in the answer a draft was wrong. */
        final List<Integer> wrongAt = new ArrayList<>();

        Pair(TinyModel small, int blocks, int vocabulary) throws Exception {
            this(small, new DraftModel.Size(CONTEXT, blocks, vocabulary));
        }

        Pair(TinyModel small, DraftModel.Size size) throws Exception {
            path = Files.createTempFile("draft", ".gguf");
            try (GgufFile file = GgufFile.open(small.write(path))) {
                EngineParts parts =
                        EngineParts.load(
                                WeightSource.of(file),
                                ModelConfig.of(file),
                                KernelChoice.of(""),
                                workers,
                                OffHeap.in(arena));
                drafts =
                        new DraftModel(
                                parts.transformer(
                                        new Transformer.Limits(
                                                CONTEXT,
                                                DraftModel.MAX_ROWS,
                                                DraftModel.MAX_ANSWERS)),
                                parts.cache(size.blocks()),
                                size,
                                token -> token == TinyVocabulary.END_OF_TEXT);
            }
            // A step takes an hour, whatever its rows: every draft pays.
            for (int step = 0; step < 50; step++) {
                steps.learn(1 + step % 8, 3600e9);
            }
        }

        DraftedAnswer open(SamplingParams sampling, int[] prompt) {
            TokenCounts counts = new TokenCounts();
            Arrays.stream(prompt).forEach(counts::addPrompt);
            return drafts.open("test", new DraftedAnswer.Sampling(sampling, 0, counts));
        }

        /** Plays the large model, which answers {@code answer}; returns the number of its steps. */
        int steps(DraftedAnswer drafted, int[] prompt, int[] answer) {
            int[] tokens = Arrays.copyOf(prompt, prompt.length + answer.length);
            System.arraycopy(answer, 0, tokens, prompt.length, answer.length);
            int length = prompt.length + 1;
            int count = 1;
            proposed = 0;
            while (length < tokens.length) {
                drafts.follow(drafted, tokens, length, tokens.length - length - 1);
                steps.startStep(answers);
                drafts.draft(List.of(drafted), steps);
                int[] proposal = drafted.proposal().tokens();
                proposed += proposal.length;
                int accepted = 0;
                while (accepted < proposal.length
                        && proposal[accepted] == tokens[length + accepted]) {
                    accepted++;
                }
                boolean isWrong = accepted < proposal.length;
                if (isWrong) {
                    wrongAt.add(length + accepted - prompt.length);
                }
                length = Math.min(tokens.length, length + accepted + 1 + (isWrong ? besides : 0));
                count++;
            }
            return count;
        }

        @Override
        public void close() throws Exception {
            workers.close();
            arena.close();
            Files.delete(path);
        }
    }

    private static int[] prompt(int seed, int length) {
        return new Random(seed).ints(length, 0, TinyVocabulary.END_OF_TEXT).toArray();
    }

    private static int[] answer(int[] prompt, SamplingParams sampling) throws Exception {
        try (TinyEngine tiny =
                new TinyEngine(MODEL, KernelChoice.of(""), 1, TinyEngine.limits(64, 64))) {
            return tiny.answer(TinyEngine.request(prompt, ANSWER, sampling)).stream()
                    .mapToInt(Integer::intValue)
                    .toArray();
        }
    }

    private static int blocks(int tokens) {
        return Math.ceilDiv(tokens, BlockPool.BLOCK_TOKENS);
    }

    @Test
    void aModelThatAgreesDraftsNearlyAll() throws Exception {
        int[] prompt = prompt(1, 200);
        int[] answer = answer(prompt, GREEDY);
        try (Pair pair = new Pair(MODEL, blocks(CONTEXT), TinyVocabulary.SIZE)) {
            assertThat(pair.steps(pair.open(GREEDY, prompt), prompt, answer))
                    .isLessThan(ANSWER / 4);
        }
    }

    /** It draws with the random numbers of the large model. */
    @Test
    void aModelThatAgreesDraftsNearlyAllOfASampledAnswer() throws Exception {
        int[] prompt = prompt(2, 20);
        SamplingParams sampling = new SamplingParams(1.2, 0.95, 7, 0, 0);
        int[] answer = answer(prompt, sampling);
        assertThat(answer).isNotEqualTo(answer(prompt, GREEDY));
        try (Pair pair = new Pair(MODEL, blocks(CONTEXT), TinyVocabulary.SIZE)) {
            assertThat(pair.steps(pair.open(sampling, prompt), prompt, answer))
                    .isLessThan(ANSWER / 3);
        }
    }

    @Test
    void aModelThatNeverAgreesSoonRarelyDrafts() throws Exception {
        int[] prompt = prompt(3, 20);
        int[] answer = new Random(4).ints(400, 0, TinyVocabulary.END_OF_TEXT).toArray();
        try (Pair pair = new Pair(MODEL, blocks(CONTEXT), TinyVocabulary.SIZE)) {
            // Now a row takes a tenth of a step.
            for (int step = 0; step < 1000; step++) {
                pair.steps.learn(1 + step % 8, 3600e9 * (1 + 0.1 * (step % 8)));
            }
            pair.steps(pair.open(GREEDY, prompt), prompt, answer);
            assertThat(pair.proposed).isLessThan(120);
        }
    }

    @Test
    void anAnswerThatOutgrowsTheCacheIsLeftAlone() throws Exception {
        int[] prompt = prompt(1, 200);
        int[] answer = answer(prompt, GREEDY);
        int blocks = blocks(prompt.length + 40);
        try (Pair pair = new Pair(MODEL, blocks, TinyVocabulary.SIZE)) {
            DraftedAnswer drafted = pair.open(GREEDY, prompt);
            assertThat(pair.steps(drafted, prompt, answer)).isBetween(ANSWER / 2, ANSWER);
            drafted.close();
            assertThat(pair.drafts.freeBlocks()).isEqualTo(blocks);
        }
    }

    @Test
    void anAnswerWithTokensThatTheModelDoesNotKnowIsLeftAlone() throws Exception {
        int[] prompt = prompt(1, 200);
        int[] answer = answer(prompt, GREEDY);
        try (Pair pair = new Pair(MODEL, blocks(CONTEXT), TinyVocabulary.SIZE)) {
            int[] withPicture = prompt.clone();
            withPicture[5] = -3;
            DraftedAnswer drafted = pair.open(GREEDY, prompt);
            assertThat(pair.steps(drafted, withPicture, answer)).isEqualTo(ANSWER);
            assertThat(pair.drafts.freeBlocks()).isEqualTo(blocks(CONTEXT));
        }
        int known = Arrays.stream(answer).max().orElseThrow();
        try (Pair pair = new Pair(MODEL, blocks(CONTEXT), known)) {
            DraftedAnswer drafted = pair.open(GREEDY, new int[] {1});
            pair.steps(drafted, new int[] {1}, answer);
            assertThat(pair.drafts.freeBlocks()).isEqualTo(blocks(CONTEXT));
        }
    }

    @Test
    void anotherAnswerFindsThePromptInTheCache() throws Exception {
        int[] prompt = prompt(1, 200);
        int[] answer = answer(prompt, SAMPLED);
        try (Pair pair = new Pair(MODEL, blocks(CONTEXT), TinyVocabulary.SIZE)) {
            DraftedAnswer first = pair.open(SAMPLED, prompt);
            int steps = pair.steps(first, prompt, answer);
            first.close();
            DraftedAnswer second = pair.open(SAMPLED, prompt);
            assertThat(pair.steps(second, prompt, answer)).isLessThanOrEqualTo(steps);
            second.close();
            assertThat(pair.drafts.freeBlocks()).isEqualTo(blocks(CONTEXT));
        }
    }

    /** The output matrix is multiplied in part while the text has few tokens that lie behind. */
    @Test
    void rareTokensAreDraftedOnlyWhereTheyAreNot() throws Exception {
        int[] prompt = prompt(1, 200);
        int[] answer = answer(prompt, GREEDY);
        int blocks = blocks(CONTEXT);
        int frequent = 1 + Arrays.stream(answer).max().orElseThrow();
        try (Pair pair =
                new Pair(MODEL, new DraftModel.Size(CONTEXT, blocks, TinyVocabulary.SIZE, 64))) {
            // Most tokens are rare ones, so all are drafted.
            assertThat(pair.steps(pair.open(GREEDY, prompt), prompt, answer))
                    .isLessThan(ANSWER / 4);
        }
        try (Pair pair =
                new Pair(
                        MODEL,
                        new DraftModel.Size(CONTEXT, blocks, TinyVocabulary.SIZE, frequent))) {
            assertThat(pair.steps(pair.open(GREEDY, prompt), prompt, answer))
                    .as("every token of the answer is among the first %d", frequent)
                    .isLessThan(ANSWER / 2);
        }
    }

    /** In place of each tenth token the answer has another one than the models' likeliest. */
    @Test
    void aWrongDraftLeavesNothingBehind() throws Exception {
        int[] prompt = prompt(5, 30);
        int[] answer = new int[ANSWER];
        try (TinyEngine tiny =
                new TinyEngine(MODEL, KernelChoice.of(""), 1, TinyEngine.limits(64, 64))) {
            for (int at = 0; at < ANSWER; at += 10) {
                int[] soFar = Arrays.copyOf(prompt, prompt.length + at);
                System.arraycopy(answer, 0, soFar, prompt.length, at);
                List<Integer> next = tiny.answer(TinyEngine.request(soFar, 10, GREEDY));
                for (int i = 0; i < 10; i++) {
                    answer[at + i] = i < 9 ? next.get(i) : next.get(i) ^ 1;
                }
            }
        }
        try (Pair pair = new Pair(MODEL, blocks(CONTEXT), TinyVocabulary.SIZE)) {
            for (int besides : new int[] {0, 3, 5}) {
                pair.besides = besides;
                pair.steps(pair.open(GREEDY, prompt), prompt, answer);
                assertThat(pair.wrongAt)
                        .hasSizeGreaterThan(5)
                        .allSatisfy(position -> assertThat(position % 10).isEqualTo(9));
            }
        }
    }

    @Test
    void measuringLeavesNothingBehind() throws Exception {
        int[] prompt = prompt(1, 200);
        int[] answer = answer(prompt, GREEDY);
        int blocks = blocks(CONTEXT);
        try (Pair pair = new Pair(MODEL, blocks, TinyVocabulary.SIZE)) {
            pair.drafts.measure();
            assertThat(pair.drafts.freeBlocks()).isEqualTo(blocks);
            assertThat(pair.steps(pair.open(GREEDY, prompt), prompt, answer))
                    .isLessThan(ANSWER / 4);
        }
    }

    /**
     * A row takes half as long as the rest of a step, so a draft pays for one answer alone, and not
     * where 30 answers share the rest.
     */
    @Test
    void nothingIsReadWhereOtherAnswersMakeDraftsUseless() throws Exception {
        int[] prompt = prompt(1, 200);
        int[] answer = answer(prompt, GREEDY);
        int blocks = blocks(CONTEXT);
        try (Pair pair = new Pair(MODEL, blocks, TinyVocabulary.SIZE)) {
            for (int step = 0; step < 1000; step++) {
                int rows = 1 + step % 40;
                pair.steps.learn(rows, 3600e9 * (1 + 0.5 * rows));
            }
            DraftedAnswer drafted = pair.open(GREEDY, prompt);
            pair.answers = 30;
            assertThat(pair.steps(drafted, prompt, answer)).isEqualTo(ANSWER);
            assertThat(pair.drafts.freeBlocks()).isEqualTo(blocks);
            pair.answers = 1;
            drafted.close();
            assertThat(pair.steps(pair.open(GREEDY, prompt), prompt, answer))
                    .isLessThan(ANSWER / 2);
        }
    }

    @Test
    void anAnswerForWhichTheCacheHasNoRoomIsNotRead() throws Exception {
        int[] prompt = prompt(1, 200);
        int[] answer = answer(prompt, GREEDY);
        int blocks = blocks(prompt.length) - 2;
        try (Pair pair = new Pair(MODEL, blocks, TinyVocabulary.SIZE)) {
            DraftedAnswer drafted = pair.open(GREEDY, prompt);
            int length = prompt.length + 1;
            int[] tokens = Arrays.copyOf(prompt, length);
            tokens[length - 1] = answer[0];
            pair.drafts.follow(drafted, tokens, length, ANSWER);
            for (int seen = 0; seen < 3 && !drafted.isClosed(); seen++) {
                pair.steps.startStep(1);
                pair.drafts.draft(List.of(drafted), pair.steps);
                assertThat(pair.drafts.freeBlocks()).isEqualTo(blocks);
                tokens = Arrays.copyOf(tokens, ++length);
                tokens[length - 1] = answer[seen + 1];
                pair.drafts.follow(drafted, tokens, length, ANSWER);
            }
            assertThat(drafted.isClosed()).isTrue();
        }
    }
}
