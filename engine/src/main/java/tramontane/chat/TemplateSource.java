package tramontane.chat;

/** Where a model's chat template comes from. */
public sealed interface TemplateSource {
    /** The model file, which may have none. */
    record OfModel() implements TemplateSource {}

    /** A given text, which replaces that of the model file. */
    record Given(String text) implements TemplateSource {}

    /** No template: the model completes texts and does not chat. */
    record Absent() implements TemplateSource {}
}
