/**
 * How model families write thinking and tool calls, and how both are read back.
 *
 * <pre>
 * [TOOL_CALLS][{"name": "f", "arguments": {…}}, …]         Mistral, tokenizers 3 to 7
 * [TOOL_CALLS]f[ARGS]{…}[TOOL_CALLS]g[ARGS]{…}             Mistral, tokenizers 11 and up
 * &lt;tool_call&gt;⏎{"name": "f", "arguments": {…}}⏎&lt;/tool_call&gt;  Qwen, Hermes, and models without a format
 * {"name": "f", "parameters": {…}}                         Llama 3 and Gemma
 * </pre>
 *
 * <ul>
 *   <li>{@link tramontane.chat.dialect.Dialect} finds out the format of a model from its template.
 *   <li>{@link tramontane.chat.dialect.AnswerParser} splits an answer into thinking, text and calls
 *       while it is being generated: ThinkingScanner, FenceScanner and CallScanner, in this order.
 *   <li>{@link tramontane.chat.dialect.SpelledTools} writes tools into the messages if the template
 *       does not render them.
 * </ul>
 *
 * <p>Small models omit the marks. An answer that consists only of calls, in one of the forms that
 * {@link tramontane.chat.dialect.BareCalls} shows, is read as these calls.
 *
 * <p>Invariant: how an answer is split depends on its text and control tokens, never on the pieces
 * in which they arrive. A call is recognized only if it starts with its family's mark or the whole
 * answer consists of calls, and if it is complete.
 */
package tramontane.chat.dialect;
