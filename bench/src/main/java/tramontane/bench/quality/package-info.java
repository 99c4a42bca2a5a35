/**
 * Measures whether constrained decoding changes what a model says. {@code TaskGenerator} makes
 * small extraction tasks with known answers, {@code Mode} turns a task into a request (free text,
 * {@code json_object}, {@code json_schema} or a tool call), a {@code Respondent} answers it (a
 * server over HTTP, or llama.cpp in a child process), {@code Score} compares the answer with the
 * known one, and {@code Summary} counts. {@code AnswerLog} keeps every answer, so that a run can be
 * continued.
 *
 * <p>Invariant: a task depends only on the seed, its index and the languages; all modes and all
 * engines get the same messages.
 */
package tramontane.bench.quality;
