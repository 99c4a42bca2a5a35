package tramontane.chat;

/** Where a model's chat template comes from. */
public sealed interface TemplateSource {
    /** From the model file, which may have none. */
    record OfModel() implements TemplateSource {}

    /** Given instead of the model file's. */
    record Given(String text) implements TemplateSource {}

    /** From nowhere: the model completes texts and does not chat. */
    record Absent() implements TemplateSource {}
}
