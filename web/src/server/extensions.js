// The models, and what lies under /tramontane/.
import {ask, post} from './connection.js';
import {readEvents} from './events.js';

/** @typedef {'loaded'|'loading'|'unloaded'|'failed'} ModelState */

/**
 * @typedef {object} ModelCard
 * @property {string} id
 * @property {string} name
 * @property {string|null} description
 * @property {string[]} aliases
 * @property {number} max_context_length
 * @property {number} default_model_temperature
 * @property {Record<string, boolean>} capabilities
 * @property {ModelState} state
 * @property {string} [state_reason]
 */

/** @typedef {{source: string, message?: number, text: string, tokens: number}} PromptSpan */
/** @typedef {{loc: (string|number)[], name: string, enforced: boolean, refused: {pointer: string, reason: string}[]}} SchemaVerdict */

/**
 * @typedef {object} Inspection
 * @property {boolean} valid
 * @property {{status: number, message: string, type: string, param: string|null}|null} error
 * @property {import('./connection.js').Fault[]} faults
 * @property {string|null} model
 * @property {number|null} max_context_length
 * @property {{tokens: number, cached_tokens: number|null, spans: PromptSpan[], token_ids?: number[], token_texts?: string[]}|null} prompt
 * @property {number|null} room
 * @property {{max_tokens: number|null, min_tokens: number|null}|null} answer
 * @property {SchemaVerdict[]} schemas
 */

/**
 * @typedef {object} LoggedRequest
 * @property {string} id
 * @property {number} created_ms
 * @property {string} path
 * @property {string} client
 * @property {'running'|'done'|'left'} state
 * @property {number|null} status
 * @property {string|null} model
 * @property {boolean|null} stream
 * @property {number|null} n
 * @property {number|null} random_seed
 * @property {number} total_ms
 * @property {string[]} finish_reasons
 * @property {Record<string, any>|null} usage
 * @property {import('./completions.js').Metrics|null} metrics
 * @property {{status: number, type: string, message: string}|null} error
 * @property {boolean} has_bodies
 * @property {any} [request]
 * @property {any} [answer]
 */

/**
 * What images of requests may be.
 * @typedef {object} ImageRules
 * @property {number} images of a request
 * @property {number} bytes of one
 * @property {number} pixels of one
 * @property {number} side
 * @property {number} body_bytes of a request
 * @property {string[]} media_types
 * @property {string[]} hosts HOST:PORT from which the server fetches images
 */

/** @returns {Promise<ImageRules>} */
export async function imageRules() {
    return (await ask('/tramontane/images')).json();
}

/** @returns {Promise<ModelCard[]>} */
export async function models() {
    const list = await (await ask('/v1/models')).json();
    return list.data;
}

/**
 * @param {string|Record<string, unknown>} request
 * @param {{tokens?: boolean, signal?: AbortSignal}} [options]
 * @returns {Promise<Inspection>}
 */
export async function inspect(request, options = {}) {
    const path = `/tramontane/inspect${options.tokens ? '' : '?tokens=false'}`;
    return (await post(path, request, {signal: options.signal})).json();
}

/**
 * @param {AbortSignal} [signal]
 * @returns {Promise<{keeps_bodies: boolean, data: LoggedRequest[]}>}
 */
export async function loggedRequests(signal) {
    return (await ask('/tramontane/requests', {signal})).json();
}

/**
 * @param {string} id
 * @returns {Promise<LoggedRequest>}
 */
export async function loggedRequest(id) {
    return (await ask(`/tramontane/requests/${encodeURIComponent(id)}`)).json();
}

/**
 * Follows the request log until the signal says to stop or the connection breaks.
 * @param {(request: LoggedRequest) => void} take
 * @param {() => void} opened
 * @param {AbortSignal} signal
 */
export async function followRequests(take, opened, signal) {
    const response = await ask('/tramontane/requests/events', {signal});
    opened();
    await readEvents(response, (event) => {
        if (event.event === 'request') {
            take(JSON.parse(event.data));
        }
    });
}
