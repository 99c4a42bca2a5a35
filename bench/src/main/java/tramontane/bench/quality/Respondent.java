package tramontane.bench.quality;

import java.io.IOException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Answers requests in the shape of {@code POST /v1/chat/completions}. */
public interface Respondent extends AutoCloseable {
    /** What the table calls it. */
    String engine();

    /** How many requests it should get at once. */
    int streams();

    boolean answers(Mode mode);

    /** Returns the chat completion; IOException says what the engine said. */
    JsonNode complete(ObjectNode body) throws IOException, InterruptedException;

    @Override
    void close();
}
