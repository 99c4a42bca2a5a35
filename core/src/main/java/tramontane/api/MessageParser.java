package tramontane.api;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.chat.Chunk;
import tramontane.chat.Message;
import tramontane.chat.Role;
import tramontane.chat.ToolCall;

/** Parses {@code messages} straight into the records that chat templates render. */
final class MessageParser {
    private static final List<String> ROLES = List.of("system", "user", "assistant", "tool");
    private static final int MAX_MESSAGES = 16_384;
    private static final int MAX_CHUNKS = 4096;
    private static final int MAX_TOOL_CALLS = 128;
    private static final int MAX_NAME_CHARS = 256;
    private static final List<String> DETAILS =
            Arrays.stream(Chunk.Detail.values()).map(Chunk.Detail::wireName).toList();

    /** Chunk types of the contract that no served model can read. */
    private static final Set<String> UNREADABLE =
            Set.of(
                    "document_url",
                    "reference",
                    "file",
                    "input_audio",
                    "tool_reference",
                    "resource",
                    "resource_link");

    private MessageParser() {}

    static List<Message> messages(Value value) {
        List<Message> messages = new ArrayList<>();
        for (Value item : value.list(MAX_MESSAGES).orElse(List.of())) {
            message(item).ifPresent(messages::add);
        }
        return messages;
    }

    private static Optional<Message> message(Value item) {
        if (!(item.node() instanceof ObjectNode object)) {
            item.object();
            return Optional.empty();
        }
        // The contract's curl sample has no role and is accepted by the hosted service as user.
        String tag = "user";
        if (object.has("role")) {
            Value role = item.at("role", object.get("role"));
            if (!role.node().isString() || !ROLES.contains(role.node().stringValue())) {
                String expected =
                        String.join(", ", ROLES.stream().map(name -> "'" + name + "'").toList());
                item.fault(
                        "union_tag_invalid",
                        "Input tag found using 'role' does not match any of the expected tags: "
                                + expected
                                + OpenAiFields.roleHint(
                                        role.node().asString(""), role.faults().openAiRemedy()),
                        Map.of("discriminator", "'role'", "expected_tags", expected));
                return Optional.empty();
            }
            tag = role.node().stringValue();
        }
        Fields fields = new Fields(item.as(tag), object);
        fields.optional("role");
        Message message =
                switch (tag) {
                    case "system" -> system(fields);
                    case "assistant" -> assistant(fields);
                    case "tool" -> tool(fields);
                    default -> user(fields);
                };
        fields.end();
        return Optional.of(message);
    }

    private static Message system(Fields fields) {
        Optional<Value> given = fields.required("content");
        List<Chunk> content = given.map(MessageParser::content).orElse(List.of());
        return plain(Role.SYSTEM, withoutImages(given, content));
    }

    private static Message user(Fields fields) {
        return plain(Role.USER, nullableContent(fields.required("content")));
    }

    private static Message assistant(Fields fields) {
        Optional<Value> said = fields.optional("content");
        List<Chunk> content = withoutImages(said, nullableContent(said));
        if (content.isEmpty() && said.filter(value -> value.node().isArray()).isPresent()) {
            // Some clients send an empty list for an empty text.
            content = List.of(new Chunk.Text(""));
        }
        List<ToolCall> calls =
                fields.nullable("tool_calls").map(MessageParser::toolCalls).orElse(List.of());
        Optional<Value> given = fields.optional("prefix");
        boolean prefix = given.flatMap(Value::bool).orElse(false);
        if (prefix && content.stream().anyMatch(MessageParser::isOpen)) {
            given.orElseThrow()
                    .notSupported("a prefix cannot end within thinking: closed must be true");
        }
        return new Message(
                Role.ASSISTANT, content, calls, Optional.empty(), Optional.empty(), prefix);
    }

    private static boolean isOpen(Chunk chunk) {
        return chunk instanceof Chunk.Thinking thinking && !thinking.closed();
    }

    private static Message tool(Fields fields) {
        List<Chunk> content = nullableContent(fields.required("content"));
        Optional<String> callId =
                fields.nullable("tool_call_id").flatMap(id -> id.string(MAX_NAME_CHARS));
        Optional<String> name =
                fields.nullable("name").flatMap(text -> text.string(MAX_NAME_CHARS));
        return new Message(Role.TOOL, content, List.of(), callId, name, false);
    }

    private static Message plain(Role role, List<Chunk> content) {
        return new Message(role, content, List.of(), Optional.empty(), Optional.empty(), false);
    }

    private static List<Chunk> nullableContent(Optional<Value> value) {
        return value.filter(given -> !given.node().isNull())
                .map(MessageParser::content)
                .orElse(List.of());
    }

    private static List<Chunk> content(Value value) {
        if (value.node().isString()) {
            return value.string(Integer.MAX_VALUE)
                    .<List<Chunk>>map(text -> List.of(new Chunk.Text(text)))
                    .orElse(List.of());
        }
        if (!value.node().isArray()) {
            value.fault(
                    "string_type", "Input should be a valid string or a list of content chunks");
            return List.of();
        }
        List<Chunk> chunks = new ArrayList<>();
        for (Value item : value.list(MAX_CHUNKS).orElse(List.of())) {
            chunk(item).ifPresent(chunks::add);
        }
        return chunks;
    }

    private static Optional<Chunk> chunk(Value item) {
        if (!(item.node() instanceof ObjectNode object)) {
            item.object();
            return Optional.empty();
        }
        String type =
                object.has("type") && object.get("type").isString()
                        ? object.get("type").stringValue()
                        : object.has("type") ? "" : impliedType(object);
        return switch (type) {
            case "text" -> text(item).map(text -> text);
            case "thinking" -> Optional.of(thinking(item));
            case "image_url" -> image(item);
            default -> {
                unreadable(item, type);
                yield Optional.empty();
            }
        };
    }

    /**
     * Clients leave out {@code type} where their classes have a default, so the type is inferred
     * from the chunk's own field.
     */
    private static String impliedType(ObjectNode object) {
        return object.has("thinking")
                ? "thinking"
                : object.has("text") ? "text" : object.has("image_url") ? "image_url" : "";
    }

    private static Optional<Chunk.Text> text(Value item) {
        Fields fields = new Fields(item.as("text"), (ObjectNode) item.node());
        fields.optional("type");
        Optional<String> text =
                fields.required("text").flatMap(value -> value.string(Integer.MAX_VALUE));
        fields.end();
        return text.map(Chunk.Text::new);
    }

    private static Chunk thinking(Value item) {
        Fields fields = new Fields(item.as("thinking"), (ObjectNode) item.node());
        fields.optional("type");
        List<Chunk.Text> thoughts = new ArrayList<>();
        List<Value> items =
                fields.required("thinking")
                        .flatMap(value -> value.list(MAX_CHUNKS))
                        .orElse(List.of());
        for (Value thought : items) {
            chunk(thought)
                    .ifPresent(chunk -> {
                        if (chunk instanceof Chunk.Text text) {
                            thoughts.add(text);
                        } else {
                            thought.notSupported("a thinking chunk holds text chunks only");
                        }
                    });
        }
        boolean closed = fields.optional("closed").flatMap(Value::bool).orElse(true);
        // A signature lets the hosted service verify its own thinking; this server cannot verify
        // any.
        fields.nullable("signature").ifPresent(value -> value.string(Integer.MAX_VALUE));
        fields.end();
        return new Chunk.Thinking(thoughts, closed);
    }

    /** The picture is an address, or an object with one. What it leads to is read later. */
    private static Optional<Chunk> image(Value item) {
        Fields fields = new Fields(item.as("image_url"), (ObjectNode) item.node());
        fields.optional("type");
        Optional<Value> image = fields.required("image_url");
        fields.end();
        if (image.isEmpty() || image.get().node().isString()) {
            return image.flatMap(value -> value.string(Integer.MAX_VALUE))
                    .map(url -> new Chunk.Image(url, Optional.empty()));
        }
        if (!(image.get().node() instanceof ObjectNode)) {
            image.get()
                    .fault("string_type", "Input should be a valid string or an object with a url");
            return Optional.empty();
        }
        Fields object = image.get().object().orElseThrow();
        Optional<String> url =
                object.required("url").flatMap(value -> value.string(Integer.MAX_VALUE));
        Optional<Chunk.Detail> detail =
                object.nullable("detail")
                        .flatMap(value -> value.oneOf(DETAILS))
                        .map(name -> Chunk.Detail.valueOf(name.toUpperCase(Locale.ROOT)));
        object.end();
        return url.map(address -> new Chunk.Image(address, detail));
    }

    /** Reports pictures where the contract has none: only users and tools show some. */
    private static List<Chunk> withoutImages(Optional<Value> given, List<Chunk> content) {
        if (content.stream().anyMatch(Chunk.Image.class::isInstance)) {
            given.orElseThrow()
                    .notSupported("image_url chunks are read in user and tool messages only");
        }
        return content;
    }

    private static void unreadable(Value item, String type) {
        if (UNREADABLE.contains(type)) {
            item.as(type)
                    .notSupported(
                            type
                                    + " chunks are not supported yet: the served models read text and images");
            return;
        }
        String expected =
                "'text', 'thinking', 'image_url', 'document_url', 'reference', 'file', 'input_audio'";
        item.fault(
                "union_tag_invalid",
                "Input tag found using 'type' does not match any of the expected tags: " + expected,
                Map.of("discriminator", "'type'", "expected_tags", expected));
    }

    private static List<ToolCall> toolCalls(Value value) {
        List<ToolCall> calls = new ArrayList<>();
        for (Value item : value.list(MAX_TOOL_CALLS).orElse(List.of())) {
            item.object().flatMap(MessageParser::toolCall).ifPresent(calls::add);
        }
        return calls;
    }

    private static Optional<ToolCall> toolCall(Fields call) {
        String id = call.optional("id").flatMap(text -> text.string(MAX_NAME_CHARS)).orElse("null");
        call.optional("type").ifPresent(type -> type.oneOf(List.of("function")));
        call.optional("index").ifPresent(index -> index.integer(0, MAX_TOOL_CALLS));
        Optional<ToolCall> parsed =
                call.required("function")
                        .flatMap(Value::object)
                        .flatMap(function -> {
                            Optional<String> name =
                                    function.required("name")
                                            .flatMap(text -> text.string(MAX_NAME_CHARS));
                            Optional<Object> arguments =
                                    function.required("arguments")
                                            .flatMap(MessageParser::arguments);
                            function.end();
                            return name.flatMap(text ->
                                    arguments.map(object -> new ToolCall(id, text, object)));
                        });
        call.end();
        return parsed;
    }

    /** Arguments are an object, or its JSON text. Templates expect the object. */
    private static Optional<Object> arguments(Value value) {
        if (value.node().isObject()) {
            return value.map().map(object -> object);
        }
        return value.string(Integer.MAX_VALUE)
                .map(text ->
                        JsonBody.parseNested(value, text)
                                .filter(JsonNode::isObject)
                                .<Object>map(node -> PlainJson.map((ObjectNode) node))
                                .orElse(text));
    }
}
