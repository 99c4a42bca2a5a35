package tramontane.chat.dialect;

/** A piece of an answer, in its order. */
public sealed interface AnswerPart {
    /** More of what the model thinks before it answers. */
    record Thinking(String text) implements AnswerPart {}

    record Text(String text) implements AnswerPart {}

    /**
     * A whole call.
     *
     * @param arguments a JSON object, as the model wrote it
     */
    record Call(String name, String arguments) implements AnswerPart {}
}
