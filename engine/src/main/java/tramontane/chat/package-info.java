/**
 * Conversations, and their rendering to prompts with the chat template of a model.
 *
 * <pre>
 * Message, Tool ─▶ Turns.joined ─▶ TemplateInput ─▶ ChatTemplate.render ─▶ RenderedPrompt (spans)
 *                                                     │
 *                                  TemplateValues in the MessageShape of the template
 *                                                     │
 *                                             jinja: the interpreter
 * </pre>
 *
 * <ul>
 *   <li>{@link tramontane.chat.Message}, {@link tramontane.chat.Tool} and {@link
 *       tramontane.chat.ToolCall} are the same records from the wire to the template.
 *   <li>{@link tramontane.chat.ChatTemplate} is a compiled template. It finds out by trial
 *       renderings in which form the template reads messages.
 *   <li>{@link tramontane.chat.RenderedPrompt} is the prompt as spans, each with its origin.
 *   <li>{@code chat.dialect} knows how model families write thinking and tool calls.
 * </ul>
 *
 * <p>Invariant: a caller's text is untrusted in the prompt, wherever the template puts it. The name
 * of a role is trusted, because it is one of four, and so are the special tokens of the model.
 */
package tramontane.chat;
