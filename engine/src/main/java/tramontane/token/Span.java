package tramontane.token;

/**
 * A stretch of a prompt with one origin. Only {@code trusted} text, which the chat template itself
 * wrote, may spell special tokens; text from a caller is encoded as plain text whatever it spells.
 */
public record Span(String text, boolean trusted) {}
