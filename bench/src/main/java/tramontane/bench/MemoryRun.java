package tramontane.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tramontane.engine.GenerationEvent;
import tramontane.engine.GenerationRequest;
import tramontane.engine.LoadedModel;
import tramontane.kernel.choice.KernelChoice;

/**
 * Resident memory and load time of a model as it is served, in a process of its own that does
 * nothing else: load, a prompt of 512 tokens, eight tokens of answer.
 */
final class MemoryRun {
    private static final int PROMPT = 512;
    private static final int ANSWER = 8;

    private MemoryRun() {}

    /** The child process; its arguments are file, context, threads, kernels. */
    public static void main(String[] arguments) throws Exception {
        int context = Integer.parseInt(arguments[1]);
        LoadedModel.Options options =
                new LoadedModel.Options(
                        () -> KernelChoice.of(arguments[3]),
                        Integer.parseInt(arguments[2]),
                        context,
                        32,
                        Long.MAX_VALUE);
        long begun = ManagementFactory.getRuntimeMXBean().getStartTime();
        long start = System.nanoTime();
        try (LoadedModel model = LoadedModel.load(Path.of(arguments[0]), options)) {
            double loadSeconds = (System.nanoTime() - start) * 1e-9;
            long ready = System.currentTimeMillis() - begun;
            GenerationRequest request =
                    OwnEngine.request(new int[Math.min(PROMPT, context / 2)], ANSWER, "");
            var generation = model.engine().submit(request);
            while (generation.poll(java.time.Duration.ofMinutes(10)).orElseThrow()
                    instanceof GenerationEvent.Token) {}
            Memory memory = Memory.ofThisProcess();
            ObjectNode json = JsonMapper.shared().createObjectNode();
            json.put("loadSeconds", Row.rounded(loadSeconds));
            json.put("secondsFromStart", Row.rounded(ready * 1e-3));
            json.put("cachedTokens", model.plan().cachedTokens());
            memory.putInto(json);
            System.out.println(json);
        }
    }

    /** Starts the child process and returns its report. */
    static ObjectNode of(Path model, int context, int threads, String kernels) {
        try {
            Process child =
                    java(
                            MemoryRun.class,
                            List.of(
                                    model.toAbsolutePath().toString(),
                                    Integer.toString(context),
                                    Integer.toString(threads),
                                    kernels));
            String text = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            JsonNode json = JsonMapper.shared().readTree(text);
            if (!(json instanceof ObjectNode object)) {
                throw new IllegalStateException("measuring memory failed: " + text);
            }
            return object;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Starts a JVM with the options of this one. */
    static Process java(Class<?> main, List<String> arguments) throws IOException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(ManagementFactory.getRuntimeMXBean().getInputArguments());
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), main.getName()));
        command.addAll(arguments);
        return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }
}
