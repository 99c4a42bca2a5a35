/**
 * The endpoints: what the server answers at each path.
 *
 * <p>{@link tramontane.endpoint.Routes} admits or refuses a request, dispatches it by path, and
 * converts every failure into a typed JSON error. {@link tramontane.endpoint.ChatCompletions} and
 * {@link tramontane.endpoint.Models} answer over an {@link tramontane.endpoint.Exchange} in
 * blocking code, with one virtual thread for each request.
 *
 * <pre>
 * Routes ── authentication, limits
 *   ├── GET  /, /playground/…       PageFiles
 *   ├── GET  /health                "ok", or "draining" with 503
 *   ├── GET  /load                  how full the engine is
 *   ├── GET  /v1/models[/{id}]      Models
 *   ├── GET  /tramontane/images     ImageRules
 *   ├── …    /tramontane/…          Extensions: Inspect, and the request log
 *   └── POST /v1/chat/completions   ChatCompletions ── whole, or EventStream
 * </pre>
 *
 * <p>{@link tramontane.endpoint.ApiPath} corrects paths that result from a wrong base URL.
 *
 * <p>Invariant: with keys configured, every path requires one except a short list, also a path that
 * does not exist. A stream that failed halfway never ends like a complete one.
 */
package tramontane.endpoint;
