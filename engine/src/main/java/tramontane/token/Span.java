package tramontane.token;

/**
 * A part of a prompt with one origin. Only {@code trusted} text, which the chat template wrote, can
 * spell control tokens. Text from a caller is always encoded as plain text.
 */
public record Span(String text, boolean trusted) {}
