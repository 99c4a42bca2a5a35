package tramontane.engine;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalInt;
import tramontane.cache.BlockTable;
import tramontane.draft.AnsweredDraft;
import tramontane.draft.DraftModel;
import tramontane.draft.DraftedAnswer;
import tramontane.draft.Drafter;
import tramontane.draft.Proposal;
import tramontane.draft.StepCostModel;
import tramontane.model.Batch;
import tramontane.sampling.TokenCounts;

/**
 * One choice of a generation: the tokens of the prompt and of the answer so far, the number of them
 * whose keys and values are computed, and the cache blocks that hold these. No other class changes
 * any of it. Engine thread only, except that one worker samples for a sequence within a step.
 *
 * <pre>
 * prompt ........ | answer ............ | proposal of the step ....
 *                        ^ computed      ^ length
 *                        |-- fresh ------|
 * </pre>
 */
final class Sequence {
    private static final int[] NO_TOKENS = {};

    /** Orders sequences by the arrival of their generation, and those of one by choice. */
    static final Comparator<Sequence> ARRIVAL =
            Comparator.<Sequence>comparingLong(sequence -> sequence.arrival)
                    .thenComparingInt(sequence -> sequence.choice);

    private final Generation generation;
    private final int choice;
    private final long arrival;
    private final BlockTable blocks;
    private final TokenCounts counts = new TokenCounts();
    private final Drafter drafter;
    private final AnsweredDraft answered;
    private final Optional<ConstraintCursor> cursor;
    private final Optional<PromptScores> promptScores;
    private final Delivery delivery;
    private final PromptRows pictures;

    /** Forced tokens that are not appended yet: each needs logprobs of its own first. */
    private final Deque<Integer> pending = new ArrayDeque<>();

    /** Prompt and answer; behind {@code length}, the step's proposal. */
    private int[] tokens;

    private int length;
    private int computed;

    /** The end of the last picture whose keys and values were stored ahead of {@code computed}. */
    private int stored;

    /** While the sequence waits: tokens of its beginning that were in the cache at that time. */
    private int cachedWhileWaiting;

    /**
     * Tokens that were not computed yet after the last step that sampled: the sampled one and those
     * that the constraint forced behind it.
     */
    private int fresh;

    /** What the draft model proposes for the step that is being planned. */
    private Proposal modelDraft = Proposal.NONE;

    private Optional<FinishReason> finishReason = Optional.empty();
    private Optional<Throwable> failure = Optional.empty();
    private boolean started;
    private boolean siblingsTaken;

    /**
     * @param arrival the number of the generation, counted from the first that was submitted
     * @param blocks an empty table, which the sequence owns from now on
     * @param start the tokens of the prompt, with those of {@link ImageTokens}
     */
    Sequence(Generation generation, int choice, long arrival, BlockTable blocks, int[] start) {
        this.generation = generation;
        this.choice = choice;
        this.arrival = arrival;
        this.blocks = blocks;
        GenerationRequest request = generation.request();
        int[] prompt = request.prompt();
        tokens = Arrays.copyOf(start, prompt.length + 64);
        length = prompt.length;
        if (request.sampling().penalties().readsPrompt()) {
            Arrays.stream(prompt).forEach(counts::addPrompt);
        }
        drafter = new Drafter(request.guidance().prediction());
        answered =
                new AnsweredDraft(
                        request.guidance().answered(choice), prompt.length, generation.ends()::has);
        cursor = generation.newCursor();
        OptionalInt top = request.logprobs().prompt();
        promptScores =
                choice == 0 && top.isPresent()
                        ? Optional.of(new PromptScores(prompt, top.getAsInt()))
                        : Optional.empty();
        delivery = new Delivery(generation, choice);
        pictures = new PromptRows(request.input().images());
        force(generation.opening().tokens());
        drafter.learn(tokens, length, Proposal.NONE, 0, answerLength());
    }

    Generation generation() {
        return generation;
    }

    GenerationRequest request() {
        return generation.request();
    }

    int choice() {
        return choice;
    }

    long arrival() {
        return arrival;
    }

    String caller() {
        return request().owner().caller();
    }

    Delivery delivery() {
        return delivery;
    }

    Optional<ConstraintCursor> cursor() {
        return cursor;
    }

    Optional<PromptScores> promptScores() {
        return promptScores;
    }

    /** The tokens that count for penalties. */
    TokenCounts counts() {
        return counts;
    }

    int length() {
        return length;
    }

    /** Tokens whose keys and values are in the cache. */
    int computed() {
        return computed;
    }

    int promptLength() {
        return request().prompt().length;
    }

    int answerLength() {
        return length - promptLength();
    }

    int answerToken(int index) {
        return tokens[promptLength() + index];
    }

    int lastToken() {
        return tokens[length - 1];
    }

    boolean endsWithEndToken() {
        return answerLength() > 0 && generation.ends().has(lastToken());
    }

    /** Tokens that the answer may still gain. */
    int remainingTokens() {
        return request().length().max() - answerLength();
    }

    /** Tokens that are not computed yet; while the sequence waits, those not in the cache. */
    int uncomputed() {
        return length - Math.max(computed, cachedWhileWaiting);
    }

    /** True when the prompt is computed and only the newest tokens of the answer are missing. */
    boolean isAnswering() {
        return answerLength() > 0 && length - computed <= fresh;
    }

    boolean isStopped() {
        return delivery.isFinished() || generation.isStopped(choice);
    }

    // Waiting and running

    /** Looks up how much of the sequence the cache holds, before it waits for its turn. */
    void enterQueue() {
        cachedWhileWaiting = wantsPromptScores() ? 0 : blocks.knownPrefix(tokens, length);
    }

    /** Takes the blocks of the cache that hold the beginning of the sequence. */
    void takeCachedPrefix() {
        // Logprobs of the prompt need every row computed, cached or not.
        computed = wantsPromptScores() ? 0 : blocks.matchPrefix(tokens, length);
    }

    /** Returns true when it has not run before. */
    boolean start() {
        boolean first = !started;
        started = true;
        cachedWhileWaiting = 0;
        return first;
    }

    boolean hasStarted() {
        return started;
    }

    /** Blocks that are missing to hold {@code tokens} tokens. */
    int missingBlocks(int tokens) {
        return blocks.missing(tokens);
    }

    /** Takes the missing blocks from the pool, which must have them. */
    void reserveBlocks(int tokens) {
        blocks.reserve(tokens);
    }

    /** Gives all blocks back; what they held must be found in the cache or computed again. */
    void releaseBlocks() {
        blocks.release();
        computed = 0;
        stored = 0;
    }

    /**
     * True once, when the prompt of choice 0 is in the cache, where the other choices of the
     * generation find it.
     */
    boolean takeSiblingsTurn() {
        boolean turn = choice == 0 && !siblingsTaken && computed >= promptLength();
        siblingsTaken |= turn;
        return turn;
    }

    // A step

    private boolean wantsPromptScores() {
        return promptScores.filter(scores -> scores.remainingRows() > 0).isPresent();
    }

    /** True when the next row to compute is one to score. After a preemption it may lie behind. */
    boolean scoresNextRow() {
        return wantsPromptScores() && computed == promptScores.orElseThrow().doneRows();
    }

    /** The picture that the next row is of, if its rows see one another and are not stored. */
    private Optional<PromptImage> unstoredPicture() {
        return pictures.seenTogether(computed).filter(picture -> picture.end() > stored);
    }

    /** True if rows of the next picture are wanted in parts, but all of it must be seen. */
    boolean storesPictureFirst() {
        return wantsPromptScores() && unstoredPicture().isPresent();
    }

    /**
     * Tokens of the prompt that the next step can compute, at most {@code max} or the whole of a
     * picture whose rows see one another.
     *
     * @param maxScored rows whose logits the step can still hold
     * @param room rows that it can still hold
     */
    int nextPromptTokens(int max, int maxScored, int room) {
        int next = Math.min(length - computed, max);
        if (wantsPromptScores() && unstoredPicture().isEmpty()) {
            PromptScores scores = promptScores.orElseThrow();
            next =
                    scoresNextRow()
                            ? Math.min(next, Math.min(scores.remainingRows(), maxScored))
                            : Math.min(next, scores.doneRows() - computed);
        }
        return next < 1 ? next : wholePictures(computed + next, room) - computed;
    }

    /** The end of a run that was to end here, so that it divides no picture. */
    private int wholePictures(int end, int room) {
        Optional<PromptImage> next = unstoredPicture();
        if (next.isPresent() && (storesPictureFirst() || next.get().end() > end)) {
            int whole = next.get().end();
            return whole - computed <= room ? whole : computed;
        }
        return pictures.seenTogether(end)
                .map(PromptImage::firstPosition)
                .filter(first -> first > computed)
                .orElse(end);
    }

    // The draft model

    /** True if the next step needs drafts, and no other source is likely to have them. */
    boolean wantsModelDraft() {
        if (!pending.isEmpty()
                || remainingTokens() < 2
                || length - computed > 1 + Drafter.MAX_DRAFT
                || answered.next(tokens, length, 1).length > 0) {
            return false;
        }
        try {
            return !drafter.isSure(tokens, length, expected(1));
        } catch (RuntimeException | StackOverflowError e) {
            // Proposing will fail in the same way, and say so.
            return false;
        }
    }

    /** Tells a draft model the tokens of the answer. */
    void tell(DraftedAnswer followed, DraftModel model) {
        model.follow(followed, tokens, length, remainingTokens() - 1);
    }

    /** Takes what the draft model proposes for the step that is being planned. */
    void takeModelDraft(Proposal draft) {
        modelDraft = draft;
    }

    private int[] expected(int max) {
        return cursor.map(each -> each.expected(max)).orElse(NO_TOKENS);
    }

    /**
     * Tokens to compute ahead of the sampled ones: pending forced tokens, or else those that the
     * answer had elsewhere, or else drafts that are worth their time; up to the first one that the
     * constraint does not allow.
     */
    Proposal propose(int max, StepCostModel costs) {
        Proposal drafted = modelDraft.first(Math.max(0, max));
        modelDraft = Proposal.NONE;
        if (!pending.isEmpty()) {
            int[] forced = pending.stream().limit(Math.max(0, max)).mapToInt(i -> i).toArray();
            return new Proposal(forced, Proposal.Origin.KNOWN);
        }
        try {
            int[] known = answered.next(tokens, length, max);
            if (known.length > 0) {
                return new Proposal(allowed(known), Proposal.Origin.KNOWN);
            }
            if (drafted.size() > 0) {
                return new Proposal(allowed(drafted.tokens()), drafted.origin());
            }
            int[] draft = drafter.propose(tokens, length, max, costs, expected(max));
            return new Proposal(allowed(draft), Proposal.Origin.TEXT);
        } catch (RuntimeException | StackOverflowError e) {
            if (cursor.isEmpty()) {
                throw e;
            }
            fail(e);
            return Proposal.NONE;
        }
    }

    private int[] allowed(int[] draft) {
        return cursor.isPresent() ? Arrays.copyOf(draft, cursor.get().allowed(draft)) : draft;
    }

    /**
     * Adds the tokens from {@code computed} to {@code end} to a batch; those behind the length are
     * the proposal's.
     *
     * @return the index of the first of the last {@code logits} rows in the batch's logits
     */
    int addTo(Batch batch, int end, int logits, Proposal proposal) {
        ensureCapacity(length + proposal.size());
        System.arraycopy(proposal.tokens(), 0, tokens, length, proposal.size());
        int first = batch.add(blocks, tokens, computed, end, logits);
        if (!pictures.images().isEmpty()) {
            batch.takeRows(pictures);
        }
        return first;
    }

    /** How many of the proposed tokens the answer has taken since the run was planned. */
    int accepted(StepRun run) {
        int from = run.plannedLength();
        int[] proposed = run.proposal().tokens();
        int max = Math.min(proposed.length, length - from);
        int mismatch = Arrays.mismatch(tokens, from, from + max, proposed, 0, max);
        return mismatch < 0 ? max : mismatch;
    }

    /**
     * True while every token sampled in the step is the proposed one, so that the step has the
     * logits of the next.
     */
    boolean followsProposal(StepRun run) {
        return length - run.plannedLength() == accepted(run);
    }

    /**
     * Appends a sampled token that does not end the answer, and those that are forced behind it.
     */
    void appendSampled(int token) {
        append(token);
        if (cursor.isPresent()) {
            force(cursor.get().advance(token, remainingTokens()));
        }
    }

    /** Appends the next pending token, if there is one. */
    boolean appendPending() {
        boolean any = !pending.isEmpty();
        if (any) {
            append(pending.removeFirst());
        }
        return any;
    }

    boolean hasPending() {
        return !pending.isEmpty();
    }

    void append(int token) {
        ensureCapacity(length + 1);
        tokens[length++] = token;
        counts.add(token);
    }

    private void force(int[] forced) {
        boolean scored = request().logprobs().answer().isPresent();
        for (int token : forced) {
            if (scored) {
                pending.addLast(token);
            } else {
                append(token);
            }
        }
    }

    /** Ends the answer. */
    void finish(FinishReason reason) {
        finishReason = Optional.of(reason);
    }

    Optional<FinishReason> finishReason() {
        return finishReason;
    }

    /** Records what kept a token from being sampled, for example the constraint's exception. */
    void fail(Throwable cause) {
        failure = Optional.of(cause);
    }

    Optional<Throwable> failure() {
        return failure;
    }

    /**
     * Counts the tokens of a run that has been computed. Blocks that became full can be found by
     * other sequences from now on.
     */
    void complete(StepRun run) {
        switch (run.purpose()) {
            case COMPUTE -> computed = run.end();
            case STORE -> stored = run.end();
            case SCORE -> {
                promptScores.orElseThrow().advance(run.rows());
                computed = run.end();
            }
            case SAMPLE -> {
                int accepted = accepted(run);
                computed = run.plannedLength() + accepted;
                fresh = length - computed;
                learn(run, accepted);
            }
        }
        blocks.seal(tokens, computed);
    }

    private void learn(StepRun run, int accepted) {
        Proposal proposal = run.proposal();
        drafter.learn(tokens, length, proposal, accepted, length - run.plannedLength());
        if (proposal.drafts() > 0) {
            generation.countDrafts(accepted, proposal.drafts() - accepted);
        }
    }

    private void ensureCapacity(int size) {
        if (tokens.length < size) {
            tokens = Arrays.copyOf(tokens, Math.max(size, tokens.length * 3 / 2));
        }
    }
}
