/**
 * Embeddings: one loaded model, one thread, step after step. An {@link
 * tramontane.embedding.EmbeddingJob} has the texts of a request as tokens and receives a vector for
 * each.
 *
 * <pre>
 * submit ─▶ AdmissionControl ─▶ JobQueue ─▶ EmbeddingStep ─▶ HiddenRows
 *                                  ▲                            │ rows
 *            texts that are not    │                            ▼
 *            computed yet ─────────┴──────────────────────── PooledText ─▶ EmbeddingJob
 * </pre>
 *
 * <ul>
 *   <li>{@link tramontane.embedding.LoadedEmbedder} reads a file and plans its memory.
 *   <li>{@link tramontane.embedding.Embedder} is the thread.
 * </ul>
 *
 * <p>Invariant: the vector of a text depends on its tokens only. Which texts share a step, and how
 * a long one is split into steps, changes no bit.
 */
package tramontane.embedding;
