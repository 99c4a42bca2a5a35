package tramontane.bench.quality;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** llama.cpp in a child process (see llama_cpp_quality.py): a request a line, an answer a line. */
public final class LlamaCppRespondent implements Respondent {
    private final Process process;
    private final Writer requests;
    private final BufferedReader answers;

    public LlamaCppRespondent(String python, Path script, Path model, int threads)
            throws IOException {
        ProcessBuilder builder =
                new ProcessBuilder(python, script.toString(), model.toString(), "" + threads);
        process = builder.redirectError(ProcessBuilder.Redirect.DISCARD).start();
        requests = process.outputWriter();
        answers = process.inputReader();
    }

    @Override
    public String engine() {
        return "llama.cpp";
    }

    @Override
    public int streams() {
        return 1;
    }

    /** Its chat templates write no calls of Qwen's form. */
    @Override
    public boolean answers(Mode mode) {
        return mode != Mode.TOOL_CALL;
    }

    @Override
    public JsonNode complete(ObjectNode body) throws IOException {
        requests.write(body + "\n");
        requests.flush();
        String line = answers.readLine();
        if (line == null) {
            throw new IOException(
                    "llama.cpp's process ended; is llama-cpp-python installed there?");
        }
        JsonNode answer = JsonMapper.shared().readTree(line);
        if (answer.has("error")) {
            throw new IOException("llama.cpp: " + answer.path("error").asString());
        }
        return answer;
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
