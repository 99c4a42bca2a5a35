package tramontane.bench;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Kernels;
import tramontane.model.ModelConfig;

/** Everything that is measured in this process about one model file. */
record ModelRun(Path file, Settings settings, Kernels kernels, PrintStream out) {
    /**
     * How to measure.
     *
     * @param python with llama-cpp-python in it, and the script for it, where llama.cpp takes part
     */
    record Settings(
            int threads, int rounds, boolean quick, List<String> only, Optional<Peer> peer) {
        record Peer(String python, Path script) {}
    }

    ObjectNode run() {
        int context;
        try (GgufFile gguf = GgufFile.open(file)) {
            context = ModelConfig.of(gguf).contextLength();
        }
        List<Load> loads = Load.standard(settings.quick, settings.only, context);
        int longest = loads.stream().mapToInt(Load::longest).max().orElse(1);
        int cached = loads.stream().mapToInt(Load::cached).sum();
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("file", file.getFileName().toString()).put("bytes", file.toFile().length());
        out.printf("%n%s%n", file.getFileName());
        long start = System.nanoTime();
        try (OwnEngine own = OwnEngine.load(file, kernels, settings.threads, longest, cached)) {
            json.put("loadSeconds", Row.rounded((System.nanoTime() - start) * 1e-9));
            json.put("weightBytesPerToken", own.weightBytes());
            measure(own, loads, json);
        }
        return json;
    }

    private void measure(OwnEngine own, List<Load> loads, ObjectNode json) {
        List<Contestant> contestants = new ArrayList<>();
        contestants.add(own);
        settings.peer.ifPresent(peer ->
                contestants.add(LlamaCpp.start(peer.python, peer.script, file, settings.threads)));
        double readable = readable(own.weightBytes());
        json.put("readGbPerSecond", Row.rounded(readable * 1e-9));
        out.printf(
                "%.0f MB of weights a token; memory reads %.1f GB/s%n",
                own.weightBytes() * 1e-6, readable * 1e-9);
        try {
            Comparison comparison = new Comparison(contestants, settings.rounds, out);
            ArrayNode rows = json.putArray("rows");
            comparison
                    .run(loads, own.weightBytes(), own.cachedTokenBytes(), readable)
                    .forEach(row -> rows.add(row.toJson(readable)));
            for (Contestant contestant : contestants) {
                if (contestant instanceof LlamaCpp peer) {
                    json.putObject("llamaCpp")
                            .put("version", peer.version())
                            .put("system", peer.system())
                            .put("loadSeconds", Row.rounded(peer.loadSeconds()));
                }
            }
        } finally {
            contestants.stream().skip(1).forEach(Contestant::close);
        }
    }

    /**
     * Over as many bytes as a token reads, so that caches help the probe as much as they help us.
     */
    private double readable(long bytes) {
        try (ReadProbe probe = new ReadProbe(bytes, settings.threads)) {
            probe.best(3);
            return probe.best(9);
        }
    }
}
