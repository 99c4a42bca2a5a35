/**
 * How a model family writes its thoughts and its tool calls, and how they are read back.
 *
 * <pre>
 * [TOOL_CALLS][{"name": "f", "arguments": {…}}, …]         Mistral, tokenizers 3 to 7
 * [TOOL_CALLS]f[ARGS]{…}[TOOL_CALLS]g[ARGS]{…}             Mistral, tokenizers 11 and up
 * &lt;tool_call&gt;⏎{"name": "f", "arguments": {…}}⏎&lt;/tool_call&gt;  Qwen, Hermes, and models that know no form
 * {"name": "f", "parameters": {…}}                         Llama 3 and Gemma
 * </pre>
 *
 * <p>{@link tramontane.chat.dialect.Dialect} finds out from a chat template which form its model
 * was trained on. {@link tramontane.chat.dialect.AnswerParser} cuts an answer into thinking, text
 * and calls while it comes. {@link tramontane.chat.dialect.SpelledTools} writes tools into the
 * messages where a template has no place for them.
 *
 * <p>Small models leave the marks out. An answer that is nothing but calls, in one of the ways that
 * {@link tramontane.chat.dialect.BareCalls} shows, is those calls.
 *
 * <p>Invariant: how an answer is cut depends on its tokens alone, never on the pieces they came in;
 * and nothing is a call but what its family's form begins and what reads as one whole.
 */
package tramontane.chat.dialect;
