package tramontane.chat;

/**
 * What form of messages a template reads, as templates do not agree on it.
 *
 * @param contentInChunks whether content is a list of {@code {type, text}} instead of a string
 * @param argumentsAsText whether a call's arguments are JSON text instead of an object
 */
record MessageShape(boolean contentInChunks, boolean argumentsAsText, Thinking thinking) {
    /** Where a message holds what the model thought before it answered. */
    enum Thinking {
        /** Nowhere: earlier thoughts are not part of this model's prompts. */
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
