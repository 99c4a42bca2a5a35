package tramontane.api;

import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JacksonSerializable;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.jsontype.TypeSerializer;
import tools.jackson.databind.node.ObjectNode;
import tramontane.sampling.TokenLogprobs;
import tramontane.token.Tokenizer;

/**
 * A token with its log-probability and the most likely tokens at its position. An answer may have
 * many thousands of them, each with twenty alternatives, so they stay numbers until they are
 * written.
 *
 * @param tokenizer knows the tokens' texts
 */
public record ScoredToken(Tokenizer tokenizer, TokenLogprobs logprobs) {
    /** Adds logprobs to a choice, as {@code logprobs} or {@code prompt_logprobs}. */
    public static void put(ObjectNode choice, String name, List<ScoredToken> tokens) {
        choice.putObject(name).putPOJO("content", new Content(List.copyOf(tokens)));
    }

    /** The list as JSON, without a tree of nodes, which would take forty times the memory. */
    private record Content(List<ScoredToken> tokens) implements JacksonSerializable {
        @Override
        public void serialize(JsonGenerator json, SerializationContext context) {
            json.writeStartArray();
            tokens.forEach(token -> token.write(json));
            json.writeEndArray();
        }

        @Override
        public void serializeWithType(
                JsonGenerator json, SerializationContext context, TypeSerializer type) {
            serialize(json, context);
        }
    }

    private void write(JsonGenerator json) {
        json.writeStartObject();
        describe(json, logprobs.token(), logprobs.logprob());
        json.writeArrayPropertyStart("top_logprobs");
        for (int i = 0; i < logprobs.topTokens().length; i++) {
            json.writeStartObject();
            describe(json, logprobs.topTokens()[i], logprobs.topLogprobs()[i]);
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    /** The text is U+FFFD for a part of a character; a control token has no bytes. */
    private void describe(JsonGenerator json, int token, float logprob) {
        // An output matrix may have more rows than the vocabulary has tokens.
        boolean known = token < tokenizer.size();
        json.writeStringProperty("token", known ? tokenizer.text(token) : "");
        json.writeNumberProperty("logprob", logprob);
        json.writeArrayPropertyStart("bytes");
        if (known) {
            for (byte each : tokenizer.bytes(token)) {
                json.writeNumber(each & 0xFF);
            }
        }
        json.writeEndArray();
        json.writeNumberProperty("token_id", token);
    }
}
