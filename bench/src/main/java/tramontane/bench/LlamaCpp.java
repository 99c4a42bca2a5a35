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
 * llama.cpp or ik_llama.cpp in a child process that reads one command per line (see
 * llama_cpp_bench.py). The first run of a load tries the settings that matter for its speed, and
 * later runs use the fastest: with and without flash attention; several streams of llama.cpp with a
 * shared cache and with one cache each; ik_llama.cpp with weights repacked at load and not.
 */
final class LlamaCpp implements Contestant {
    /** Which of the two projects. */
    enum Project {
        LLAMA_CPP("llama.cpp", "llama-cpp-python"),
        IK_LLAMA_CPP("ik_llama.cpp", "ik-llama-cpp-python");

        private final String title;
        private final String pythonPackage;

        Project(String title, String pythonPackage) {
            this.title = title;
            this.pythonPackage = pythonPackage;
        }
    }

    /** Where a project is found: a Python that has its package, and the script that runs it. */
    record Peer(Project project, String python, Path script) {}

    private record Flags(boolean flash, boolean unified, boolean repack) {}

    private static final Flags PLAIN = new Flags(true, false, false);

    /** Greater depths use the flags that were fastest at this depth. */
    private static final int TRIED_DEPTH = 1024;

    private final Project project;
    private final Process process;
    private final Writer commands;
    private final BufferedReader answers;
    private final JsonNode loaded;
    private final Map<String, Flags> best = new HashMap<>();

    private LlamaCpp(Project project, Process process, Path model, int threads) {
        this.project = project;
        this.process = process;
        commands = process.outputWriter();
        answers = process.inputReader();
        ObjectNode load = command("load").put("file", model.toAbsolutePath().toString());
        loaded = send(load.put("threads", threads));
    }

    static LlamaCpp start(Peer peer, Path model, int threads) {
        try {
            ProcessBuilder builder = new ProcessBuilder(peer.python, peer.script.toString());
            builder.redirectError(ProcessBuilder.Redirect.DISCARD);
            return new LlamaCpp(peer.project, builder.start(), model, threads);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot start " + peer.python + " " + peer.script, e);
        }
    }

    @Override
    public String name() {
        return project.title;
    }

    String version() {
        return project.pythonPackage + " " + loaded.path("version").asString();
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
        Flags fastest = PLAIN;
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
        Flags flags = best.getOrDefault(key(load), PLAIN);
        return "flash attention "
                + (flags.flash ? "on" : "off")
                + (flags.unified ? ", unified cache" : "")
                + (flags.repack ? ", repacked at load" : "");
    }

    /** What to try beside {@link #PLAIN}. */
    private List<Flags> candidates(Load load) {
        Flags noFlash = new Flags(false, false, false);
        if (project == Project.IK_LLAMA_CPP) {
            return List.of(noFlash, new Flags(true, false, true), new Flags(false, false, true));
        }
        return load instanceof Load.Streams(int count, int prompt, int tokens) && count > 1
                ? List.of(new Flags(true, true, false), noFlash)
                : List.of(noFlash);
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
        ObjectNode command = command(load.kind());
        command.put("flash", flags.flash).put("repack", flags.repack);
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
        double cores = answer.path("cores").asDouble();
        if (!(load instanceof Load.Streams)) {
            double seconds = answer.path("seconds").asDouble();
            return new Timing(load.tokens(), seconds, cores, List.of(), List.of());
        }
        List<Double> steps = new ArrayList<>();
        answer.path("steps").forEach(step -> steps.add(step.asDouble()));
        double seconds = steps.stream().mapToDouble(Double::doubleValue).sum();
        return new Timing(
                load.tokens(), seconds, cores, List.of(answer.path("first").asDouble()), steps);
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
                        project.title
                                + "'s process ended; is "
                                + project.pythonPackage
                                + " installed there?");
            }
            JsonNode answer = JsonMapper.shared().readTree(line);
            if (answer.has("error")) {
                throw new IllegalStateException(
                        project.title + ": " + answer.path("error").asString());
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException(project.title + "'s process ended", e);
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
