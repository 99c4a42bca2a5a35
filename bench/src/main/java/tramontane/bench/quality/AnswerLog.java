package tramontane.bench.quality;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * The answers so far, and a file that keeps them, one JSON object a line. A line that was cut when
 * a run was killed is ignored. Several threads may add.
 */
public final class AnswerLog {
    /** Who answered what, and how it was asked. */
    record Key(String engine, String model, Mode mode, double temperature, String task) {
        static Key of(JsonNode json) {
            return new Key(
                    json.path("engine").asString(),
                    json.path("model").asString(),
                    Mode.of(json.path("mode").asString()),
                    json.path("temperature").asDouble(),
                    json.path("task").asString());
        }
    }

    private final Optional<Path> file;
    private final Map<Key, Answer> answers = new HashMap<>();

    public AnswerLog(Optional<Path> file) throws IOException {
        this.file = file;
        if (file.isPresent() && Files.exists(file.get())) {
            for (String line : Files.readAllLines(file.get())) {
                read(line);
            }
        }
    }

    private void read(String line) {
        try {
            JsonNode json = JsonMapper.shared().readTree(line);
            answers.put(Key.of(json), Answer.read(json));
        } catch (JacksonException e) {
            // The run was killed while it wrote this line, so the task is asked again.
            System.err.println("left out a line of the answers that is not JSON");
        }
    }

    synchronized Optional<Answer> get(Key key) {
        return Optional.ofNullable(answers.get(key));
    }

    synchronized void add(Key key, Answer answer) {
        answers.put(key, answer);
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("engine", key.engine).put("model", key.model).put("mode", key.mode.label());
        json.put("temperature", key.temperature).put("task", key.task);
        answer.writeTo(json);
        file.ifPresent(path -> append(path, json));
    }

    private static void append(Path path, ObjectNode json) {
        try {
            Files.writeString(
                    path, json + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
