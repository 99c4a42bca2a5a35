package tramontane.api;

import java.util.List;
import tools.jackson.core.JsonGenerator;
import tools.jackson.databind.JacksonSerializable;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.jsontype.TypeSerializer;
import tools.jackson.databind.node.ObjectNode;
import tramontane.sampling.TokenLogprobs;
import tramontane.token.Tokenizer;

/** A token with its log-probability and the most likely tokens at its position. */
public sealed interface ScoredToken {
    /** Adds logprobs to a choice, as {@code logprobs} or {@code prompt_logprobs}. */
    static void put(ObjectNode choice, String name, List<ScoredToken> tokens) {
        choice.putObject(name).putPOJO("content", new Content(List.copyOf(tokens)));
    }

    /** Writes the token as one JSON object. */
    void write(JsonGenerator json);

    /** The list as JSON, without a tree of nodes, which would take forty times the memory. */
    record Content(List<ScoredToken> tokens) implements JacksonSerializable {
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

    /**
     * A token of a model that runs here. An answer may have many thousands of them, each with
     * twenty alternatives, so they stay numbers until they are written.
     *
     * @param tokenizer knows the tokens' texts
     */
    record Local(Tokenizer tokenizer, TokenLogprobs logprobs) implements ScoredToken {
        @Override
        public void write(JsonGenerator json) {
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
            byte[] bytes = known ? tokenizer.bytes(token) : new byte[0];
            writeEnd(json, bytes, token);
        }
    }

    /** A token of a model that runs elsewhere, as its server describes it. */
    record Remote(Piece token, List<Piece> top) implements ScoredToken {
        public Remote {
            top = List.copyOf(top);
        }

        @Override
        public void write(JsonGenerator json) {
            json.writeStartObject();
            token.write(json);
            json.writeArrayPropertyStart("top_logprobs");
            for (Piece each : top) {
                json.writeStartObject();
                each.write(json);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
    }

    /**
     * One token of a vocabulary that is not known here.
     *
     * @param id {@link #NO_ID} if its server does not say it
     */
    record Piece(String text, double logprob, byte[] bytes, int id) {
        /** Clients' types demand a number. */
        public static final int NO_ID = -1;

        private void write(JsonGenerator json) {
            json.writeStringProperty("token", text);
            json.writeNumberProperty("logprob", logprob);
            writeEnd(json, bytes, id);
        }
    }

    private static void writeEnd(JsonGenerator json, byte[] bytes, int id) {
        json.writeArrayPropertyStart("bytes");
        for (byte each : bytes) {
            json.writeNumber(each & 0xFF);
        }
        json.writeEndArray();
        json.writeNumberProperty("token_id", id);
    }
}
