/**
 * Conversations, and how a model's own chat template turns one into a prompt.
 *
 * <p>{@link tramontane.chat.Message}, {@link tramontane.chat.Tool} and {@link
 * tramontane.chat.ToolCall} are the same records from the wire to the template. {@link
 * tramontane.chat.ChatTemplate} is a model's template, read once; {@link
 * tramontane.chat.TemplateInput} is one conversation for it; {@link tramontane.chat.RenderedPrompt}
 * is the result, in spans that say who wrote what.
 *
 * <p>Invariant: text of a caller is untrusted in the prompt wherever the template puts it. A role's
 * name is trusted, as it is one of four, and so are the model's own special tokens.
 */
package tramontane.chat;
