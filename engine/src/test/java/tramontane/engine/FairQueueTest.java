package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tramontane.cache.BlockPool;
import tramontane.cache.BlockTable;
import tramontane.cache.PrefixIndex;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;

/** Who starts, who is preempted, and how a step is divided. */
class FairQueueTest {
    private final BlockPool pool = new BlockPool(1);
    private final PrefixIndex index = new PrefixIndex(pool);
    private final FairQueue queue = new FairQueue();
    private int arrivals;

    private Sequence sequence(String caller, int prompt) {
        GenerationRequest request =
                new GenerationRequest(
                        new int[prompt],
                        new GenerationRequest.Length(10, 0, FinishReason.LENGTH),
                        new SamplingParams(0, 1, 1, 0, 0),
                        1,
                        GenerationRequest.Guidance.NONE,
                        WantedLogprobs.NONE,
                        new GenerationRequest.Owner(caller, ""));
        return new Sequence(
                new Generation(request, new EndTokens()),
                0,
                arrivals++,
                new BlockTable(pool, index, 1, ""),
                request.prompt());
    }

    private Sequence wait(String caller, int prompt) {
        Sequence sequence = sequence(caller, prompt);
        queue.enqueue(sequence);
        return sequence;
    }

    private Sequence run(String caller, int prompt) {
        Sequence sequence = wait(caller, prompt);
        queue.start(sequence);
        return sequence;
    }

    /** Starts all waiting sequences and returns their callers and prompt lengths in order. */
    private List<String> order() {
        List<String> order = new ArrayList<>();
        for (var next = queue.next(s -> true); next.isPresent(); next = queue.next(s -> true)) {
            Sequence sequence = next.get();
            order.add(sequence.caller() + sequence.promptLength());
            queue.start(sequence);
            queue.stop(sequence);
        }
        return order;
    }

    private void divide(int budget, List<Sequence> prompts) {
        queue.divide(budget, prompts, Sequence::uncomputed);
    }

    private List<Integer> shares(List<Sequence> prompts) {
        return prompts.stream().map(queue::share).toList();
    }

    @Test
    void callersTakeTurns() {
        for (String caller : List.of("a", "a", "a", "b", "b", "c")) {
            wait(caller, 5);
        }
        assertThat(order()).containsExactly("a5", "b5", "c5", "a5", "b5", "a5");
    }

    @Test
    void theCallerWithTheFewestRunningSequencesIsNext() {
        run("a", 5);
        run("a", 5);
        run("b", 5);
        wait("a", 1);
        wait("b", 2);
        assertThat(queue.next(s -> true).orElseThrow().caller()).isEqualTo("b");
        assertThat(queue.next(s -> !s.caller().equals("b")).orElseThrow().caller()).isEqualTo("a");
        assertThat(queue.next(s -> false)).isEmpty();
    }

    @Test
    void theShortestPromptOfACallerIsNext() {
        wait("a", 30);
        wait("a", 10);
        wait("a", 20);
        assertThat(order()).containsExactly("a10", "a20", "a30");
    }

    @Test
    void aPromptWithAShareIsNextBeforeAShorterOneWithout() {
        Sequence longer = wait("a", 30);
        wait("a", 10);
        divide(8, List.of(longer));
        assertThat(queue.next(s -> true)).contains(longer);
    }

    @Test
    void theOldestPromptIsOvertakenThreeTimesInARow() {
        List<Sequence> all = new ArrayList<>(List.of(wait("a", 100)));
        for (int i = 0; i < 5; i++) {
            all.add(wait("a", 10));
        }
        divide(1000, all);
        assertThat(order()).containsExactly("a10", "a10", "a10", "a100", "a10", "a10");
    }

    @Test
    void callersGetEqualPartsOfAStep() {
        List<Sequence> prompts = List.of(wait("a", 100), wait("b", 100), wait("b", 200));
        divide(40, prompts);
        assertThat(shares(prompts)).containsExactly(20, 20, 0);
    }

    @Test
    void whatACallerDoesNotNeedIsNotGivenToOthers() {
        List<Sequence> prompts = List.of(wait("a", 100), wait("b", 5));
        divide(40, prompts);
        assertThat(shares(prompts)).containsExactly(20, 5);
    }

    @Test
    void aQuarterIsReservedForTheOldestPromptAndTheShortestComeFirst() {
        List<Sequence> prompts = List.of(wait("a", 100), wait("a", 50), wait("a", 20));
        divide(40, prompts);
        assertThat(shares(prompts)).containsExactly(10, 10, 20);
        divide(4, prompts);
        assertThat(shares(prompts)).containsExactly(1, 0, 3);
        divide(0, prompts);
        assertThat(shares(prompts)).containsExactly(0, 0, 0);
    }

    @Test
    void promptsThatTakeNoPartHaveNoShare() {
        Sequence one = wait("a", 10);
        Sequence other = wait("a", 10);
        divide(40, List.of(one, other));
        divide(40, List.of(other));
        assertThat(shares(List.of(one, other))).containsExactly(0, 10);
    }

    @Test
    void theYoungestSequenceOfTheCallerWithTheMostIsPreempted() {
        run("a", 5);
        run("b", 5);
        Sequence youngest = run("a", 5);
        run("c", 5);
        assertThat(queue.preemptedFor(wait("d", 5))).contains(youngest);
    }

    @Test
    void nobodyIsPreemptedForACallerWhoWouldThenHaveMore() {
        run("a", 5);
        run("a", 5);
        run("b", 5);
        assertThat(queue.preemptedFor(wait("b", 5))).isEmpty();
        run("a", 5);
        assertThat(queue.preemptedFor(wait("b", 5)).map(Sequence::caller))
                .isEqualTo(Optional.of("a"));
    }

    @Test
    void aMuchLongerPromptIsPreemptedUnlessItIsTheOldest() {
        run("a", 90);
        assertThat(queue.preemptedFor(wait("a", 5))).isEmpty();
        Sequence longest = run("a", 40);
        run("a", 20);
        assertThat(queue.preemptedFor(wait("a", 20))).contains(longest);
        assertThat(queue.preemptedFor(wait("a", 21))).isEmpty();
    }

    @Test
    void runningSequencesAreInTheOrderOfArrival() {
        Sequence first = wait("a", 50);
        Sequence second = run("a", 10);
        queue.start(first);
        assertThat(queue.running()).containsExactly(first, second);
        assertThat(queue.removeRunning(s -> s == first)).containsExactly(first);
        assertThat(queue.running()).containsExactly(second);
        assertThat(queue.isEmpty()).isFalse();
        queue.stop(second);
        assertThat(queue.isEmpty()).isTrue();
    }

    @Test
    void removedSequencesDoNotWaitAnyMore() {
        Sequence one = wait("a", 5);
        Sequence other = wait("b", 5);
        assertThat(queue.removeWaiting(s -> s == one)).containsExactly(one);
        assertThat(queue.waiting()).containsExactly(other);
        assertThat(order()).containsExactly("b5");
    }
}
