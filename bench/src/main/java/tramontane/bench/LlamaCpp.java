package tramontane.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * llama.cpp in a child process that reads one command per line (see llama_cpp_bench.py). The first
 * run of a load tries it with and without flash attention, and several streams with a shared cache
 * and with one cache each; later runs use the fastest.
 */
final class LlamaCpp implements Contestant {
    private record Flags(boolean flash, boolean unified) {}

    /** Greater depths use the flags that were fastest at this depth. */
    private static final int TRIED_DEPTH = 1024;

    private final Process process;
    private final Writer commands;
    private final BufferedReader answers;
    private final JsonNode loaded;
    private final Map<String, Flags> best = new HashMap<>();

    private LlamaCpp(Process process, Path model, int threads) {
        this.process = process;
        commands = process.outputWriter();
        answers = process.inputReader();
        ObjectNode load = command("load").put("file", model.toAbsolutePath().toString());
        loaded = send(load.put("threads", threads));
    }

    static LlamaCpp start(String python, Path script, Path model, int threads) {
        try {
            ProcessBuilder builder = new ProcessBuilder(python, script.toString());
            builder.redirectError(ProcessBuilder.Redirect.DISCARD);
            return new LlamaCpp(builder.start(), model, threads);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + python + " " + script, e);
        }
    }

    @Override
    public String name() {
        return "llama.cpp";
    }

    String version() {
        return "llama-cpp-python " + loaded.path("version").asString();
    }

    String system() {
        return loaded.path("system").asString().strip();
    }

    double loadSeconds() {
        return loaded.path("seconds").asDouble();
    }

    /** Resident memory after a prompt and a few tokens, with a cache of {@code context} tokens. */
    Memory memory(int context) {
        return memory(send(command("memory").put("context", context)));
    }

    /** Memory of Python and the library before the model was loaded. */
    Memory memoryBefore() {
        return memory(loaded.path("before"));
    }

    private static Memory memory(JsonNode answer) {
        return new Memory(
                answer.path("rss").asLong() << 10,
                answer.path("anonymous").asLong() << 10,
                answer.path("file").asLong() << 10);
    }

    @Override
    public Timing run(Load load) {
        Flags known = best.get(key(load));
        if (known != null) {
            return run(load, known);
        }
        Flags fastest = new Flags(true, false);
        Timing shortest = run(trial(load), fastest);
        for (Flags flags : candidates(load)) {
            Timing timing = run(trial(load), flags);
            if (timing.tokensPerSecond() > shortest.tokensPerSecond()) {
                fastest = flags;
                shortest = timing;
            }
        }
        best.put(key(load), fastest);
        return run(load, fastest);
    }

    /** The flags that the load was run with, for the report. */
    String flags(Load load) {
        Flags flags = best.getOrDefault(key(load), new Flags(true, false));
        String unified = flags.unified ? ", unified cache" : "";
        return "flash attention " + (flags.flash ? "on" : "off") + unified;
    }

    private static List<Flags> candidates(Load load) {
        return load instanceof Load.Streams(int count, int prompt, int tokens) && count > 1
                ? List.of(new Flags(true, true), new Flags(false, false))
                : List.of(new Flags(false, false));
    }

    private static Load trial(Load load) {
        return load instanceof Load.Decode(int depth, int tokens) && depth > TRIED_DEPTH
                ? new Load.Decode(TRIED_DEPTH, tokens)
                : load;
    }

    private static String key(Load load) {
        return trial(load).label();
    }

    private Timing run(Load load, Flags flags) {
        ObjectNode command = command(load.kind()).put("flash", flags.flash);
        switch (load) {
            case Load.Prefill(int tokens) -> command.put("tokens", tokens);
            case Load.Decode(int depth, int tokens) ->
                    command.put("depth", depth).put("tokens", tokens);
            case Load.Streams(int count, int prompt, int tokens) ->
                    command.put("count", count)
                            .put("prompt", prompt)
                            .put("tokens", tokens)
                            .put("unified", flags.unified);
        }
        JsonNode answer = send(command);
        if (!(load instanceof Load.Streams)) {
            double seconds = answer.path("seconds").asDouble();
            return new Timing(load.tokens(), seconds, List.of(), List.of());
        }
        List<Double> steps = new ArrayList<>();
        answer.path("steps").forEach(step -> steps.add(step.asDouble()));
        double seconds = steps.stream().mapToDouble(Double::doubleValue).sum();
        return new Timing(load.tokens(), seconds, List.of(answer.path("first").asDouble()), steps);
    }

    private static ObjectNode command(String name) {
        return JsonMapper.shared().createObjectNode().put("do", name);
    }

    private JsonNode send(ObjectNode command) {
        try {
            commands.write(command + "\n");
            commands.flush();
            String line = answers.readLine();
            if (line == null) {
                throw new IllegalStateException(
                        "llama.cpp's process ended; is llama-cpp-python installed there?");
            }
            JsonNode answer = JsonMapper.shared().readTree(line);
            if (answer.has("error")) {
                throw new IllegalStateException("llama.cpp: " + answer.path("error").asString());
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException("llama.cpp's process ended", e);
        }
    }

    @Override
    public void close() {
        process.destroy();
        try {
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
