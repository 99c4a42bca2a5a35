/**
 * Models that run on other servers: the same contract in front of another engine.
 *
 * <pre>
 * request ─ RoutedBackend ─┬─ a model of this process: the pool
 *                          └─ UpstreamBackend ─ RequestBody   Mistral's fields → the engine's
 *                                Addresses        by known prefixes and load, breakers, retries
 *                                UpstreamCompletion  one thread reads the answer
 *                                  EventLines ─ AnswerReader ─ AnswerCheck → CompletionEvents
 *                                  Continuation   another Tramontane goes on where one broke off
 * </pre>
 *
 * <p>{@link tramontane.upstream.UpstreamModel} names a model and its addresses; {@link
 * tramontane.upstream.UpstreamKind} is the engine there. {@link tramontane.upstream.UpstreamFields}
 * has the treatment of every field, and the code refuses by it.
 *
 * <p>Invariant: an answer is complete only if the engine ended every choice, sent the usage and
 * {@code [DONE]}, and its JSON and calls are valid under the request's schemas.
 */
package tramontane.upstream;
