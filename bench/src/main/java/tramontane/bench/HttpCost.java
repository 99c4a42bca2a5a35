package tramontane.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tramontane.engine.EngineFullException;
import tramontane.engine.FinishReason;
import tramontane.engine.Generation;
import tramontane.engine.GenerationEvent;
import tramontane.engine.GenerationRequest;
import tramontane.engine.LoadedModel;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;

/**
 * The cost of the server: the same requests alternately over HTTP, streamed, and directly to an
 * engine with the same limits in this process. The client does as little as it can, but its work
 * counts as part of the cost of HTTP.
 *
 * <p>Prompts have equally many tokens, not the same ones; sampling is hot, so that nothing repeats
 * and nothing can be drafted.
 */
record HttpCost(
        LoadedModel model, ChatClient client, LeanClient lean, int rounds, PrintStream out) {
    private static final int TOKENS = 128;
    private static final int MAX_STREAMS = 8;
    private static final double TEMPERATURE = 1.0;

    /** Untimed streams over HTTP, until the JIT compiler of the server is done. */
    private static final int WARM_UP = 160;

    static ObjectNode measure(
            Path file,
            LoadedModel.Options options,
            ChatClient client,
            int rounds,
            PrintStream out) {
        try (LoadedModel model = LoadedModel.load(file, options)) {
            ObjectNode json = JsonMapper.shared().createObjectNode();
            HttpCost cost = new HttpCost(model, client, new LeanClient(client.url()), rounds, out);
            for (int begun = 0; begun < WARM_UP; begun += MAX_STREAMS) {
                tokensPerSecond(MAX_STREAMS, each -> cost.overHttp(each));
            }
            for (int streams : new int[] {1, MAX_STREAMS}) {
                json.set(streams + " streams", cost.measure(streams));
            }
            return json;
        }
    }

    private ObjectNode measure(int streams) {
        List<Double> ratios = new ArrayList<>();
        List<Double> http = new ArrayList<>();
        List<Double> bare = new ArrayList<>();
        for (int round = 0; round <= rounds; round++) {
            int seed = round * streams;
            // Each goes first in every other round, so that neither always follows a rest.
            boolean bareFirst = round % 2 == 1;
            double before = bareFirst ? straightly(streams, seed) : 0;
            double over = tokensPerSecond(streams, each -> overHttp(seed + each));
            double straight = bareFirst ? before : straightly(streams, seed);
            if (round > 0) {
                http.add(over);
                bare.add(straight);
                ratios.add(over / straight);
            }
        }
        double cost = 100 * (1 - Statistics.median(ratios));
        out.printf(
                "HTTP, %d streams: %.1f t/s, the bare engine %.1f t/s, so the server costs %.1f %%%n",
                streams, Statistics.median(http), Statistics.median(bare), cost);
        return JsonMapper.shared()
                .createObjectNode()
                .put("httpTokensPerSecond", Row.rounded(Statistics.median(http)))
                .put("engineTokensPerSecond", Row.rounded(Statistics.median(bare)))
                .put("costPercent", Math.round(cost * 10) / 10.0);
    }

    /** Makes one request and returns the number of tokens of its answer. */
    @FunctionalInterface
    private interface Asking {
        int ask(int seed) throws IOException, InterruptedException, EngineFullException;
    }

    private static double tokensPerSecond(int streams, Asking asking) {
        long start = System.nanoTime();
        int tokens = 0;
        try (ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Integer>> answers = new ArrayList<>();
            for (int i = 0; i < streams; i++) {
                int each = i;
                answers.add(callers.submit(() -> asking.ask(each)));
            }
            for (Future<Integer> answer : answers) {
                tokens += answer.get();
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("an answer failed", e);
        }
        return tokens / ((System.nanoTime() - start) * 1e-9);
    }

    private double straightly(int streams, int seed) {
        return tokensPerSecond(streams, each -> straight(seed + each));
    }

    private static String question(int seed) {
        return "Story number " + seed + ": write a long story about the wind from the north.";
    }

    private int overHttp(int seed) throws IOException {
        ObjectNode body = client.body(question(seed), TOKENS);
        return lean.stream(body.put("random_seed", seed));
    }

    private int straight(int seed) throws InterruptedException, EngineFullException {
        GenerationRequest request =
                new GenerationRequest(
                        Prompts.chat(model, question(seed)),
                        new GenerationRequest.Length(TOKENS, 0, FinishReason.LENGTH),
                        new SamplingParams(TEMPERATURE, 1, seed, 0, 0),
                        1,
                        GenerationRequest.Guidance.NONE,
                        WantedLogprobs.NONE,
                        new GenerationRequest.Owner("bench", ""));
        Generation generation = model.engine().submit(request);
        while (true) {
            GenerationEvent event = generation.poll(Duration.ofMinutes(10)).orElseThrow();
            switch (event) {
                case GenerationEvent.PromptScored scored -> {}
                case GenerationEvent.Token token -> {}
                case GenerationEvent.Finished(int choice, FinishReason reason, int tokens) -> {
                    return tokens;
                }
                case GenerationEvent.Failed(String reason) ->
                        throw new IllegalStateException(reason);
            }
        }
    }
}
