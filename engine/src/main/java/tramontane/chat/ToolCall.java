package tramontane.chat;

/**
 * A call of a tool that the assistant made.
 *
 * @param arguments a {@code Map<String, Object>} of plain JSON values (Map, List, String, Number,
 *     Boolean, {@link JsonNull}), or the caller's {@code String} where it was no JSON object
 */
public record ToolCall(String id, String name, Object arguments) {}
