package tramontane.chat;

/**
 * The form in which a template reads messages, which differs between templates.
 *
 * @param contentInChunks true if content is a list of {@code {type, text}}, false if it is a string
 * @param argumentsAsText true if a call's arguments are JSON text, false if they are an object
 */
record MessageShape(boolean contentInChunks, boolean argumentsAsText, Thinking thinking) {
    /** Where a message has the thinking of earlier answers. */
    enum Thinking {
        /** The prompt does not contain earlier thinking. */
        NOWHERE,
        REASONING_CONTENT_FIELD,
        THINKING_FIELD,
        /** As a {@code {type: "thinking"}} chunk of the content. */
        CHUNK
    }

    MessageShape withContentInChunks() {
        return new MessageShape(true, argumentsAsText, thinking);
    }

    MessageShape withArgumentsAsText() {
        return new MessageShape(contentInChunks, true, thinking);
    }
}
