package tramontane.draft;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import tramontane.cache.BlockPool;
import tramontane.cache.BlockTable;
import tramontane.cache.KvCache;
import tramontane.cache.PrefixIndex;
import tramontane.model.Batch;
import tramontane.model.Transformer;
import tramontane.sampling.Sampler;

/**
 * A small model with the vocabulary of a large one, which drafts tokens that the large one verifies
 * (Leviathan et al. 2023). It draws with the random numbers of the large model, so it needs no rule
 * to accept or reject: a draft is right if the large model draws the same token. Engine thread
 * only; the rows of its steps are shared out over the engine's workers.
 *
 * <pre>
 *                     newest token     draft 1       draft 2
 *                          │              │             │
 * draft model, row by row  ▼ ─▶ draft 1   ▼ ─▶ draft 2  ▼ ─▶ draft 3
 * large model, one step    newest token, draft 1, draft 2, draft 3: four rows of logits
 * </pre>
 *
 * Answers are drafted for together: the next token of each is a row of the same step of the draft
 * model. A draft ends where one more token would not pay: {@link StepCostModel} knows what rows
 * cost, {@link Confidence} how good a token probably is, and {@link DraftWorth} how good the draft
 * model is for this answer.
 */
public final class DraftModel {
    /** Answers for which tokens are drafted at the same time. */
    public static final int MAX_ANSWERS = 4;

    /** Tokens that the model reads for one step, beside the newest ones. */
    private static final int READ_TOKENS = 64;

    /** Rows of its steps, and rows of logits. */
    public static final int MAX_ROWS = READ_TOKENS + MAX_ANSWERS;

    /**
     * Tokens that are drafted as long as the text has few others. Vocabularies begin with the
     * tokens that are most frequent in the languages that they were made for, and the output matrix
     * is a large part of a small model: of the 0.5B's bytes, a third for all of its 151,936 tokens.
     * Of English text and code, 2 % are other tokens.
     */
    public static final int FREQUENT_TOKENS = 65_536;

    /** The share of other tokens in the newest text from which all tokens are drafted. */
    private static final double MAX_RARE = 0.2;

    /** Steps whose time says nothing, because code and memory are cold. */
    private static final int COLD_STEPS = 16;

    private static final int MEASURED_STEPS = 4;

    /** Rows of some of the measured steps, if a sequence may be so long. */
    private static final int MEASURED_ROWS = 32;

    /** Steps of the large model without a draft after which costs are measured again. */
    private static final int MEASURE_AFTER = 64;

    /** The weight of all earlier steps of this model is multiplied by this at each new one. */
    private static final double COST_DECAY = 0.9;

    /** Before anything is measured. */
    private static final double PRIOR_RATE = 0.8;

    /** One answer in this many starts with the prior rate, so that better ones are noticed. */
    private static final int TRY_ONE_IN = 8;

    /** How much an answer's tokens change the rate that the next answer starts with. */
    private static final double RATE_WEIGHT = 0.02;

    private final Transformer transformer;
    private final KvCache cache;
    private final BlockPool pool;
    private final PrefixIndex index;
    private final int context;
    private final int vocabulary;
    private final IntPredicate ends;
    private final Batch batch = new Batch(MAX_ROWS, MAX_ANSWERS);
    private final Draws all;
    private final Draws frequent;
    private Draws draws;
    private final StepCostModel costs = new StepCostModel(COST_DECAY);

    // How the model's probabilities relate to acceptance depends on how tokens are sampled.
    private final Confidence greedy = new Confidence();
    private final Confidence sampled = new Confidence();
    private double rate = PRIOR_RATE;
    private long opened;
    private int stepsWithoutDrafts;

    /**
     * The model's sizes.
     *
     * @param context maximum length of a sequence in tokens
     * @param blocks of the cache
     * @param vocabulary number of tokens, which may be less than the large model has
     * @param frequent number of its first tokens that are drafted in a text with few others
     */
    public record Size(int context, int blocks, int vocabulary, int frequent) {
        /** With {@link #FREQUENT_TOKENS}. */
        public Size(int context, int blocks, int vocabulary) {
            this(context, blocks, vocabulary, FREQUENT_TOKENS);
        }
    }

    /**
     * @param transformer for steps of {@link #MAX_ROWS} rows and {@link #MAX_ANSWERS} rows of
     *     logits
     * @param ends true for the large model's end-of-generation tokens, which are not drafted
     */
    public DraftModel(Transformer transformer, KvCache cache, Size size, IntPredicate ends) {
        this.transformer = transformer;
        this.cache = cache;
        this.pool = new BlockPool(size.blocks);
        this.index = new PrefixIndex(pool);
        this.context = size.context;
        this.vocabulary = size.vocabulary;
        this.ends = ends;
        this.all = Draws.of(size.vocabulary, transformer);
        this.frequent =
                size.frequent < size.vocabulary ? Draws.of(size.frequent, transformer) : all;
        this.draws = all;
    }

    /** What draws tokens from the beginning of the vocabulary. */
    private record Draws(int tokens, Sampler sampler, float[] row) {
        static Draws of(int tokens, Transformer transformer) {
            return new Draws(tokens, new Sampler(tokens, transformer.kernels()), new float[tokens]);
        }
    }

    /**
     * Starts to follow an answer.
     *
     * @param namespace answers of different ones share no cached tokens
     */
    public DraftedAnswer open(String namespace, DraftedAnswer.Sampling sampling) {
        return new DraftedAnswer(
                new BlockTable(pool, index, cache.blockBytes(), namespace),
                sampling,
                sampling.params().temperature() == 0 ? greedy : sampled,
                new DraftWorth(opened++ % TRY_ONE_IN == 0 ? PRIOR_RATE : rate),
                frequent.tokens);
    }

    /**
     * Measures what steps cost, before there is anything to draft. A model whose first steps were
     * slow would never be used otherwise.
     */
    public void measure() {
        choose(frequent);
        shortestOf(COLD_STEPS, 1);
        int rows = Math.min(MEASURED_ROWS, context);
        costs.learn(rows, shortestOf(MEASURED_STEPS, rows));
        costs.learn(1, shortestOf(MEASURED_STEPS, 1));
    }

    /** The nanoseconds of the step that was disturbed least. */
    private long shortestOf(int steps, int rows) {
        return IntStream.range(0, steps).mapToLong(_ -> computeAnything(rows)).min().orElseThrow();
    }

    /** Computes rows that nobody needs, and returns the nanoseconds it took. */
    private long computeAnything(int rows) {
        BlockTable scratch = new BlockTable(pool, index, cache.blockBytes(), "");
        scratch.reserve(rows);
        batch.clear();
        batch.add(scratch, new int[rows], 0, rows, 1);
        long start = System.nanoTime();
        transformer.forward(batch, cache, () -> false);
        long nanos = System.nanoTime() - start;
        scratch.release();
        return nanos;
    }

    /** Blocks that no answer uses. */
    public int freeBlocks() {
        return pool.available();
    }

    /**
     * Takes the tokens that an answer has now.
     *
     * @param tokens prompt and answer
     * @param remaining tokens that the answer may still gain besides the next one
     */
    public void follow(DraftedAnswer answer, int[] tokens, int length, int remaining) {
        if (answer.isClosed()) {
            return;
        }
        DraftedAnswer.Outcome outcome =
                answer.follow(tokens, length, remaining, token -> token >= 0 && token < vocabulary);
        for (int i = 0; i < outcome.all(); i++) {
            rate += RATE_WEIGHT * ((i < outcome.accepted() ? 1 : 0) - rate);
        }
    }

    /**
     * Drafts the next tokens of answers whose tokens are known. {@link DraftedAnswer#proposal} has
     * them; it is empty where no draft is worth its time.
     *
     * @param steps of the large model, which plans a step with one row for each answer
     */
    public void draft(List<DraftedAnswer> answers, StepCostModel steps) {
        choose(answers.stream().anyMatch(each -> each.rareTokens() > MAX_RARE) ? all : frequent);
        List<DraftedAnswer> drawing = read(answers, steps);
        stepsWithoutDrafts = batch.rows() > 0 ? 0 : stepsWithoutDrafts + 1;
        if (stepsWithoutDrafts == MEASURE_AFTER) {
            stepsWithoutDrafts = 0;
            if (pool.available() > 0) {
                costs.learn(1, computeAnything(1));
            }
        }
        while (!drawing.isEmpty()) {
            drawing = draw(drawing, steps);
            batch.clear();
            for (DraftedAnswer answer : drawing) {
                answer.addTo(batch, 1, true);
            }
            if (!drawing.isEmpty()) {
                compute(steps);
            }
        }
    }

    private void choose(Draws wanted) {
        if (draws != wanted) {
            draws = wanted;
            transformer.restrictLogits(wanted.tokens);
        }
    }

    /** Computes what the model has not read, and returns the answers of which it has read all. */
    private List<DraftedAnswer> read(List<DraftedAnswer> answers, StepCostModel steps) {
        batch.clear();
        List<DraftedAnswer> whole = new ArrayList<>();
        double saved = savedNanos(answers, steps);
        int room = READ_TOKENS;
        for (DraftedAnswer answer : answers) {
            if (answer.isClosed() || answer.remaining() < 1 || !isNow(answer, saved)) {
                continue;
            }
            int rows = Math.min(answer.missing(), 1 + room);
            // Reading a part is of no use, so there must be room for all of it.
            if (answer.length() >= context
                    || answer.missingBlocks(answer.missing()) > pool.available()) {
                answer.close();
                continue;
            }
            room -= rows - 1;
            boolean isWhole = rows == answer.missing();
            answer.addTo(batch, rows, isWhole);
            if (isWhole) {
                whole.add(answer);
            }
        }
        if (batch.rows() > 0) {
            compute(steps);
        }
        return whole;
    }

    private boolean isNow(DraftedAnswer answer, double saved) {
        int unread = answer.missing() - 1;
        return answer.worth().isNow(saved, unread * costs.rowNanos(), answer.remaining());
    }

    /**
     * Nanoseconds that drafts of the best length save for each token of these answers; 0 if none
     * do. The step also continues answers that are not drafted for, and these wait for the drafts,
     * too: it is the time for each token of all of them that counts.
     */
    private double savedNanos(List<DraftedAnswer> answers, StepCostModel steps) {
        int count = answers.size();
        double mean = answers.stream().mapToDouble(each -> each.worth().rate()).average().orElse(0);
        double tokens = steps.plannedTokens();
        double step = steps.plannedNanos();
        double each = count * steps.rowNanos() + costs.nanos(count);
        double all = 1;
        double gained = 0;
        double best = step;
        for (int drafts = 1; drafts <= DraftedAnswer.MAX_DRAFTED; drafts++) {
            all *= mean;
            gained += count * all;
            best = Math.min(best, (step + drafts * each) * tokens / (tokens + gained));
        }
        return (step - best) / count;
    }

    private void compute(StepCostModel steps) {
        long start = System.nanoTime();
        transformer.forward(batch, cache, () -> false);
        long nanos = System.nanoTime() - start;
        costs.learn(batch.rows(), nanos);
        steps.spend(nanos);
    }

    /** Draws the next token of each answer, and returns those for which one more would pay. */
    private List<DraftedAnswer> draw(List<DraftedAnswer> drawing, StepCostModel steps) {
        List<DraftedAnswer> further = new ArrayList<>();
        double nanos = costs.nanos(drawing.size()) / drawing.size();
        for (int i = 0; i < drawing.size(); i++) {
            transformer.logits(i, draws.row);
            DraftedAnswer answer = drawing.get(i);
            if (draw(answer, steps)
                    && answer.goesOn(steps, nanos)
                    && answer.nextPosition() < context
                    && answer.missingBlocks(1) <= pool.available() - further.size()) {
                further.add(answer);
            }
        }
        return further;
    }

    /** Draws one token from the row, and returns whether it is proposed. */
    private boolean draw(DraftedAnswer answer, StepCostModel steps) {
        DraftedAnswer.Sampling sampling = answer.sampling();
        sampling.counts().penalize(draws.row, sampling.params().penalties());
        int token =
                draws.sampler.draw(
                        draws.row, sampling.params(), sampling.choice(), answer.nextPosition());
        double probability = draws.sampler.probability(draws.row, token);
        // Neither an end token, behind which nothing is gained, nor one from rows that are not
        // finite.
        return probability > 0 && !ends.test(token) && answer.draft(token, probability, steps);
    }
}
