package tramontane.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.engine.LoadedModel;
import tramontane.kernel.Kernels;

/** Measurements over HTTP. */
record HttpRuns(int threads, Repeats repeats, Kernels kernels, PrintStream out) {
    private static final int CONTEXT = 4096;
    private static final int MAX_SEQUENCES = 32;
    private static final int CANCELS = 5000;

    static HttpClient newClient() {
        return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    }

    /** Runs the loads over HTTP against any server. */
    ObjectNode server(ChatClient client, List<Load> loads)
            throws IOException, InterruptedException {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("url", client.url().toString()).put("model", client.model());
        try (HttpTarget target = new HttpTarget("server", client)) {
            ArrayNode rows = json.putArray("rows");
            // Nothing is known of its weights or of its memory.
            new Comparison(List.of(target), repeats, out)
                    .run(loads, Double.NaN, Double.NaN, Double.NaN)
                    .forEach(row -> rows.add(row.toJson(Double.NaN)));
        }
        return json;
    }

    /** Compares a server in another process with a bare engine in this one. */
    ObjectNode cost(Path file) throws IOException, InterruptedException {
        try (HttpClient http = newClient();
                ServerProcess server =
                        ServerProcess.start(
                                file,
                                threads,
                                http,
                                "--context",
                                "" + CONTEXT,
                                "--parallel",
                                "" + MAX_SEQUENCES)) {
            return HttpCost.measure(file, options(), client(http, server), repeats.rounds(), out);
        }
    }

    ObjectNode soak(Path file, Duration duration) throws IOException, InterruptedException {
        ObjectNode json;
        try (HttpClient http = newClient();
                ServerProcess server =
                        ServerProcess.start(file, threads, http, "--context", "" + CONTEXT)) {
            json = new Soak(client(http, server), server, duration).run(out);
        }
        out.println(json.toPrettyString());
        try (OwnEngine own = OwnEngine.load(file, kernels, threads, 512, 4096)) {
            ObjectNode cancels = CancelSoak.run(own, CANCELS);
            json.set("cancels", cancels);
            boolean passed = cancels.path("passed").asBoolean() && json.path("passed").asBoolean();
            return json.put("passed", passed);
        }
    }

    private static ChatClient client(HttpClient http, ServerProcess server)
            throws IOException, InterruptedException {
        String model = ChatClient.onlyModel(http, server.url(), Optional.empty());
        return new ChatClient(http, server.url(), Optional.empty(), model);
    }

    private LoadedModel.Options options() {
        return new LoadedModel.Options(
                () -> kernels, threads, CONTEXT, MAX_SEQUENCES, Long.MAX_VALUE);
    }
}
