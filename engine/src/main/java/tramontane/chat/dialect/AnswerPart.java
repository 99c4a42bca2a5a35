package tramontane.chat.dialect;

/** A part of an answer, in the order of the answer. */
public sealed interface AnswerPart {
    /** More of the thinking before the answer. */
    record Thinking(String text) implements AnswerPart {}

    record Text(String text) implements AnswerPart {}

    /**
     * A complete call.
     *
     * @param arguments a JSON object as the model wrote it
     */
    record Call(String name, String arguments) implements AnswerPart {}
}
