package tramontane.api;

/** How an answer is written where clients differ. Its content is the same in each form. */
public record AnswerForm(Shape shape, StreamUsage streamUsage) {
    /** Mistral's own form. */
    public static final AnswerForm MISTRAL = new AnswerForm(Shape.MISTRAL, StreamUsage.LAST_CHUNK);

    /** How thinking and finish reasons are written. */
    public enum Shape {
        /** Thinking is a chunk of the content. */
        MISTRAL,
        /**
         * The content is always a string, since OpenAI's clients know no other; thinking is in
         * {@code reasoning_content}. Finish reasons are those that these clients know.
         */
        OPENAI
    }

    /** Where a stream has its usage. */
    public enum StreamUsage {
        /** In the last chunk, with the last finish reason. */
        LAST_CHUNK,
        NOWHERE,
        /** In a chunk of its own without choices, after all others, whose usage is null. */
        OWN_CHUNK,
        /** As in {@link #OWN_CHUNK}, and every other chunk has the usage so far. */
        EVERY_CHUNK
    }
}
