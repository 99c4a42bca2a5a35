package tramontane.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tramontane.chat.Chunk;

class ImageChunkTest {
    private static List<Chunk> content(String json) throws ApiException {
        String body = "{'model':'m','messages':[{'role':'user','content':[" + json + "]}]}";
        return ChatCompletionRequest.parse(
                        new JsonMapper().readTree(body.replace('\'', '"')), FieldSet.MISTRAL)
                .messages()
                .getFirst()
                .content();
    }

    @Test
    void anAddressIsATextOrAnObject() throws Exception {
        assertThat(
                        content(
                                "{'type':'text','text':'a'},{'type':'image_url','image_url':'u'},"
                                        + "{'image_url':{'url':'v','detail':'low'}},"
                                        + "{'type':'image_url','image_url':{'url':'w','detail':null}}"))
                .containsExactly(
                        new Chunk.Text("a"),
                        new Chunk.Image("u", Optional.empty()),
                        new Chunk.Image("v", Optional.of(Chunk.Detail.LOW)),
                        new Chunk.Image("w", Optional.empty()));
    }

    @Test
    void anAddressIsNotPrinted() {
        assertThat(new Chunk.Image("data:secret", Optional.empty()).toString())
                .doesNotContain("secret");
    }
}
