package tramontane.chat;

/**
 * A tool call of the assistant.
 *
 * @param arguments a {@code Map<String, Object>} of plain JSON values (Map, List, String, Number,
 *     Boolean, {@link JsonNull}), or the caller's {@code String} if it was not a JSON object
 */
public record ToolCall(String id, String name, Object arguments) {}
