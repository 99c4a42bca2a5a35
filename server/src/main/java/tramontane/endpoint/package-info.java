/**
 * What the server answers at each path.
 *
 * <p>{@link tramontane.endpoint.Routes} lets a request in or turns it away, finds what it asks for,
 * and turns every failure into a typed JSON error. {@link tramontane.endpoint.ChatCompletions} and
 * {@link tramontane.endpoint.Models} give the answers, over an {@link
 * tramontane.endpoint.Exchange}: blocking code, one virtual thread a request, one writer a stream.
 *
 * <pre>
 * Routes ── who is it, how many are here already
 *   ├── GET  /, /playground/…       PageFiles
 *   ├── GET  /health                "ok", or "draining" with 503
 *   ├── GET  /load                  how full the engine is
 *   ├── GET  /v1/models[/{id}]      Models
 *   ├── …    /tramontane/…          Extensions: Inspect, and the request log
 *   └── POST /v1/chat/completions   ChatCompletions ── whole, or EventStream
 * </pre>
 *
 * <p>{@link tramontane.endpoint.ApiPath} reads paths that a wrong base URL makes.
 *
 * <p>Invariant: a path that is not on the short open list asks for a key wherever keys are asked
 * for, also when it does not exist; and an answer that failed halfway never looks like a whole one.
 */
package tramontane.endpoint;
