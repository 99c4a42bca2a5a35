package tramontane.bench.quality;

import java.io.IOException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers requests in the shape of {@code POST /v1/chat/completions}. */
public interface Respondent extends AutoCloseable {
    /** Its name in the table. */
    String engine();

    /** Number of requests to send at once. */
    int streams();

    boolean answers(Mode mode);

    /** Returns the chat completion; the message of an IOException is the engine's error. */
    JsonNode complete(ObjectNode body) throws IOException, InterruptedException;

    @Override
    void close();
}
