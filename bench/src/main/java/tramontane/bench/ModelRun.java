package tramontane.bench;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Kernels;
import tramontane.kernel.vector.VectorModule;
import tramontane.model.ModelConfig;

/** Everything that is measured in this process about one model file. */
record ModelRun(Path file, Settings settings, Kernels kernels, PrintStream out) {
    private static final int MEMORY_CONTEXT = 4096;
    private static final double MIB = 1 << 20;

    /** More than any cache; a longer probe gives the same result. */
    private static final long PROBE_BYTES = 1L << 30;

    /** Settings of a run. */
    record Settings(
            int threads,
            String kernels,
            Repeats repeats,
            boolean quick,
            List<String> only,
            List<LlamaCpp.Peer> peers) {
        boolean wants(String kind) {
            return only.isEmpty() || only.contains(kind);
        }
    }

    ObjectNode run() {
        int context;
        try (GgufFile gguf = GgufFile.open(file)) {
            context = ModelConfig.of(gguf).contextLength();
        }
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("file", file.getFileName().toString()).put("bytes", file.toFile().length());
        out.printf("%n%s%n", file.getFileName());
        if (settings.wants("memory")) {
            measureMemory(Math.min(MEMORY_CONTEXT, context), json.putObject("memory"));
        }
        List<Load> loads = Load.standard(settings.quick, settings.only, context);
        boolean cacheLoads = context > PrefixLoads.LONGEST;
        int longest = Math.max(EditLoad.LONGEST, cacheLoads ? PrefixLoads.LONGEST : 0);
        for (Load load : loads) {
            longest = Math.max(longest, load.longest());
        }
        int cached = longest + EditLoad.CACHED + SchemaLoad.CACHED + PrefixLoads.CACHED;
        cached += loads.stream().mapToInt(Load::cached).sum();
        try (OwnEngine own =
                OwnEngine.load(
                        file, kernels, settings.threads, Math.min(longest, context), cached)) {
            measureSpeed(own, loads, json);
            if (settings.wants("prediction")) {
                json.set(
                        "prediction",
                        said(new EditLoad(own).run(settings.repeats.rounds()), "prediction"));
            }
            if (settings.wants("schema")) {
                json.set(
                        "schema",
                        said(new SchemaLoad(own).run(settings.repeats.rounds()), "schema"));
            }
            if (settings.wants("prefix") && cacheLoads) {
                PrefixLoads prefixes = new PrefixLoads(own);
                json.set("sharedPrefix", said(prefixes.sharedPrefix(), "shared prefix"));
                json.set("multiTurn", said(prefixes.multiTurn(), "conversation"));
            }
        }
        return json;
    }

    private ObjectNode said(ObjectNode json, String name) {
        out.println(name + ": " + json);
        return json;
    }

    private void measureSpeed(OwnEngine own, List<Load> loads, ObjectNode json) {
        double readable = readable(own.weightBytes());
        json.put("weightBytesPerToken", own.weightBytes());
        json.put("readGbPerSecond", Row.rounded(readable * 1e-9));
        if (loads.isEmpty()) {
            return;
        }
        out.printf(
                "%.0f MB of weights a token; memory reads %.1f GB/s%n",
                own.weightBytes() * 1e-6, readable * 1e-9);
        List<Contestant> contestants = new ArrayList<>();
        contestants.add(own);
        try {
            settings.peers.forEach(peer -> {
                LlamaCpp other = LlamaCpp.start(peer, file, settings.threads);
                contestants.add(other);
                out.printf(
                        "%s (%s) uses %s%n", other.name(), other.version(), inUse(other.system()));
            });
            ArrayNode rows = json.putArray("rows");
            new Comparison(contestants, settings.repeats, out)
                    .run(loads, own.weightBytes(), own.cachedTokenBytes(), readable)
                    .forEach(row -> rows.add(row.toJson(readable)));
        } finally {
            contestants.stream().skip(1).forEach(Contestant::close);
        }
    }

    /** The instruction sets that a peer says it has, of all that it names. */
    private static String inUse(String system) {
        return Arrays.stream(system.split("[|:]"))
                .map(String::strip)
                .filter(each -> each.endsWith("= 1"))
                .map(each -> each.substring(0, each.length() - 3).strip())
                .collect(Collectors.joining(", "));
    }

    /**
     * Memory speed over as many bytes as a token reads, so that caches help the probe as much as
     * the engine.
     */
    private double readable(long bytes) {
        Optional<String> refusal = VectorModule.refusal();
        if (refusal.isPresent()) {
            throw new IllegalStateException("the probe needs the Vector API: " + refusal.get());
        }
        try (ReadProbe probe = new ReadProbe(Math.min(bytes, PROBE_BYTES), settings.threads)) {
            probe.best(3);
            return probe.best(9);
        }
    }

    /** Measures each contestant in a process of its own, with caches of the same size in tokens. */
    private void measureMemory(int context, ObjectNode json) {
        ObjectNode own = MemoryRun.of(file, context, settings.threads, settings.kernels);
        json.set("tramontane", own);
        long ours = own.path("residentBytes").asLong();
        out.printf(
                "memory %.0f MiB (%.0f of it the mapped file), loaded in %.2f s, %.2f s after the JVM's start%n",
                ours / MIB,
                own.path("fileBytes").asLong() / MIB,
                own.path("loadSeconds").asDouble(),
                own.path("secondsFromStart").asDouble());
        for (LlamaCpp.Peer peer : settings.peers) {
            if (peer.project() == LlamaCpp.Project.LLAMA_CPP) {
                compareMemory(peer, own, json);
            }
        }
    }

    private void compareMemory(LlamaCpp.Peer other, ObjectNode own, ObjectNode json) {
        try (LlamaCpp peer = LlamaCpp.start(other, file, settings.threads)) {
            Memory theirs = peer.memory(own.path("cachedTokens").asInt());
            long python = peer.memoryBefore().residentBytes();
            double ours = own.path("residentBytes").asDouble();
            double ratio = ours / (theirs.residentBytes() - python);
            ObjectNode facts = json.putObject(peer.name());
            facts.put("version", peer.version()).put("system", peer.system());
            facts.put("loadSeconds", Row.rounded(peer.loadSeconds()));
            theirs.putInto(facts);
            facts.put("pythonBytes", python);
            json.put("ratio", Row.rounded(ratio));
            out.printf(
                    "%s %.0f MiB (%.0f of it mapped files), and %.0f MiB of Python; ratio %.2f; loaded in %.2f s%n",
                    peer.name(),
                    (theirs.residentBytes() - python) / MIB,
                    theirs.fileBytes() / MIB,
                    python / MIB,
                    ratio,
                    peer.loadSeconds());
        }
    }
}
