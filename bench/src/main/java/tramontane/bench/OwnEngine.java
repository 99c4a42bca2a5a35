package tramontane.bench;

import com.sun.management.OperatingSystemMXBean;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import tramontane.cache.BlockPool;
import tramontane.cache.KvCache;
import tramontane.engine.Engine;
import tramontane.engine.EngineFullException;
import tramontane.engine.EngineLimits;
import tramontane.engine.EngineParts;
import tramontane.engine.FinishReason;
import tramontane.engine.Generation;
import tramontane.engine.GenerationEvent;
import tramontane.engine.GenerationRequest;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Kernels;
import tramontane.kernel.OffHeap;
import tramontane.kernel.Workers;
import tramontane.model.ModelConfig;
import tramontane.model.WeightSource;
import tramontane.model.Weights;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;
import tramontane.token.Tokenizer;

/**
 * An engine in this process. No plain answer ends before its length.
 *
 * <p>Plain decoding samples at a temperature at which all tokens are equally probable, as the runs
 * of llama.cpp do. So nothing repeats, prompt lookup proposes nothing, and the time of sampling is
 * part of the measurement.
 */
final class OwnEngine implements Contestant {
    static final int STEP_TOKENS = 512;
    private static final int MAX_SEQUENCES = 32;
    private static final int MAX_WAITING = 256;
    private static final OperatingSystemMXBean PROCESS =
            ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    private static final double ALL_ALIKE = 1e6;
    private static final SamplingParams PLAIN = new SamplingParams(ALL_ALIKE, 1, 1, 0, 0);

    /**
     * The answer to one request, with the time of each token.
     *
     * @param coreNanos processor time that this process had used when the request was sent, and at
     *     each token
     */
    record Answer(
            long askedNanos,
            long[] tokenNanos,
            long[] coreNanos,
            int[] tokens,
            Generation.Counts counts) {
        double firstSeconds() {
            return (tokenNanos[0] - askedNanos) * 1e-9;
        }

        Overlap.Arrivals arrivals() {
            return new Overlap.Arrivals(askedNanos, tokenNanos);
        }

        /** From the first token to the last. */
        double restSeconds() {
            return (tokenNanos[tokenNanos.length - 1] - tokenNanos[0]) * 1e-9;
        }

        /** Processor time of this process from the request to the first token. */
        double firstCores() {
            return (coreNanos[1] - coreNanos[0]) * 1e-9;
        }

        /** And from the first token to the last. */
        double restCores() {
            return (coreNanos[tokenNanos.length] - coreNanos[1]) * 1e-9;
        }

        List<Double> gaps() {
            List<Double> gaps = new ArrayList<>();
            for (int i = 1; i < tokenNanos.length; i++) {
                gaps.add((tokenNanos[i] - tokenNanos[i - 1]) * 1e-9);
            }
            return gaps;
        }
    }

    private final Arena arena;
    private final long weightBytes;
    private final Workers workers;
    private final Engine engine;
    private final ModelConfig config;
    private final int vocabulary;
    private final int[] text;
    private final Tokenizer tokenizer;
    private final Random random = new Random(1);
    private final ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor();
    private int requests;

    private OwnEngine(
            Arena arena, GgufFile file, Workers workers, Kernels kernels, int longest, int cached) {
        this.arena = arena;
        this.workers = workers;
        config = ModelConfig.of(file);
        weightBytes = Weights.tokenBytes(file, config);
        EngineParts parts =
                EngineParts.load(
                        WeightSource.of(file), config, kernels, workers, OffHeap.in(arena));
        vocabulary = parts.weights().vocabulary();
        EngineLimits limits =
                new EngineLimits(
                        Math.min(longest, config.contextLength()),
                        Math.ceilDiv(cached, BlockPool.BLOCK_TOKENS),
                        MAX_SEQUENCES,
                        STEP_TOKENS,
                        STEP_TOKENS / 4,
                        MAX_WAITING,
                        1L << 30);
        tokenizer = Tokenizer.from(file.metadata());
        engine = parts.start(limits, tokenizer::isEndOfGeneration);
        text = randomTokens(config.contextLength());
    }

    /**
     * Loads a model.
     *
     * @param longest tokens of one sequence
     * @param cached tokens the cache holds
     */
    @SuppressWarnings("MustBeClosedChecker") // closed with the engine
    static OwnEngine load(Path path, Kernels kernels, int threads, int longest, int cached) {
        Arena arena = Arena.ofShared();
        try (GgufFile file = GgufFile.open(path)) {
            return new OwnEngine(arena, file, new Workers(threads), kernels, longest, cached);
        }
    }

    @Override
    public String name() {
        return "tramontane";
    }

    /**
     * Bytes of weights that one token reads: all except the experts that do not compute it and the
     * embedding, unless that is also the output matrix.
     */
    long weightBytes() {
        return weightBytes;
    }

    /** Bytes of keys and values that a token reads for each preceding token. */
    long cachedTokenBytes() {
        return KvCache.blockBytes(config.layers(), config.kvShape()) / BlockPool.BLOCK_TOKENS;
    }

    Engine engine() {
        return engine;
    }

    @Override
    public Timing run(Load load) {
        return switch (load) {
            case Load.Prefill(int tokens) -> prefill(tokens);
            case Load.Decode(int depth, int tokens) -> decode(depth, tokens);
            case Load.Streams streams -> streams(streams);
        };
    }

    private Timing prefill(int tokens) {
        Answer answer = ask(request(randomTokens(tokens), 1, fresh()));
        return new Timing(
                tokens,
                answer.firstSeconds(),
                answer.firstCores(),
                List.of(answer.firstSeconds()),
                List.of());
    }

    // The same prompt each time, and each depth's prompt begins with the shallower one's: only the
    // first time is it computed.
    private Timing decode(int depth, int tokens) {
        int[] prompt = Arrays.copyOf(text, Math.max(1, depth));
        Answer answer = ask(request(prompt, tokens + 1, "depth"));
        return new Timing(
                tokens,
                answer.restSeconds(),
                answer.restCores(),
                List.of(answer.firstSeconds()),
                answer.gaps());
    }

    private Timing streams(Load.Streams load) {
        List<GenerationRequest> requests = new ArrayList<>();
        for (int i = 0; i < load.count(); i++) {
            requests.add(request(randomTokens(load.prompt()), load.tokensEach() + 1, fresh()));
        }
        List<Answer> answers = askAll(requests);
        Overlap overlap = Overlap.of(answers.stream().map(Answer::arrivals).toList());
        double counted = answers.stream().mapToDouble(a -> overlap.pieces(a.arrivals())).sum();
        return new Timing(
                Math.toIntExact(Math.round(counted)),
                overlap.seconds(),
                (coreNanos(answers, overlap.end()) - coreNanos(answers, overlap.start())) * 1e-9,
                answers.stream().map(Answer::firstSeconds).toList(),
                answers.stream().flatMap(a -> a.gaps().stream()).toList());
    }

    /** The processor time at the moment of a request or token. */
    private static long coreNanos(List<Answer> answers, long nanos) {
        for (Answer answer : answers) {
            if (answer.askedNanos == nanos) {
                return answer.coreNanos[0];
            }
            for (int i = 0; i < answer.tokenNanos.length; i++) {
                if (answer.tokenNanos[i] == nanos) {
                    return answer.coreNanos[i + 1];
                }
            }
        }
        throw new IllegalArgumentException("nothing happened at " + nanos);
    }

    /** A new cache key, so that nothing is found in the prefix cache. */
    String fresh() {
        return "request " + ++requests;
    }

    int[] randomTokens(int count) {
        return random.ints(count, 0, vocabulary).toArray();
    }

    Tokenizer tokenizer() {
        return tokenizer;
    }

    int[] encode(String prompt) {
        return tokenizer.withBos(tokenizer.encode(prompt));
    }

    static GenerationRequest request(int[] prompt, int tokens, String cacheKey) {
        return request(prompt, tokens, PLAIN, new int[0], cacheKey);
    }

    static GenerationRequest request(
            int[] prompt, int tokens, SamplingParams sampling, int[] prediction, String cacheKey) {
        return new GenerationRequest(
                prompt,
                new GenerationRequest.Length(tokens, tokens, FinishReason.LENGTH),
                sampling,
                1,
                new GenerationRequest.Guidance(Optional.empty(), prediction),
                WantedLogprobs.NONE,
                new GenerationRequest.Owner("bench", cacheKey));
    }

    Answer ask(GenerationRequest request) {
        return askAll(List.of(request)).getFirst();
    }

    List<Answer> askAll(List<GenerationRequest> requests) {
        List<Future<Answer>> answers = new ArrayList<>();
        for (GenerationRequest request : requests) {
            answers.add(readers.submit(() -> read(request)));
        }
        try {
            List<Answer> all = new ArrayList<>();
            for (Future<Answer> answer : answers) {
                all.add(answer.get());
            }
            return all;
        } catch (InterruptedException | ExecutionException e) {
            throw new IllegalStateException("an answer failed", e);
        }
    }

    private Answer read(GenerationRequest request)
            throws EngineFullException, InterruptedException {
        long asked = System.nanoTime();
        long[] cores = new long[request.length().max() + 1];
        cores[0] = PROCESS.getProcessCpuTime();
        Generation generation = engine.submit(request);
        long[] nanos = new long[request.length().max()];
        int[] tokens = new int[request.length().max()];
        int count = 0;
        while (true) {
            GenerationEvent event = generation.poll(Duration.ofMinutes(30)).orElseThrow();
            switch (event) {
                case GenerationEvent.PromptScored scored -> {}
                case GenerationEvent.Token(int choice, int token, var logprobs) -> {
                    nanos[count] = System.nanoTime();
                    tokens[count++] = token;
                    cores[count] = PROCESS.getProcessCpuTime();
                }
                case GenerationEvent.Finished finished -> {
                    return new Answer(
                            asked,
                            Arrays.copyOf(nanos, count),
                            Arrays.copyOf(cores, count + 1),
                            Arrays.copyOf(tokens, count),
                            generation.counts());
                }
                case GenerationEvent.Failed(String reason) ->
                        throw new IllegalStateException(reason);
            }
        }
    }

    @Override
    public void close() {
        readers.close();
        engine.close();
        workers.close();
        arena.close();
    }
}
