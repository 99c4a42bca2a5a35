// Why an answer has not begun: what the server's request log says of a request until its first token is there.
import {loggedRequests} from './extensions.js';

/**
 * @typedef {object} Wait
 * @property {'queue'|'prompt'} at waiting to be taken up, or its prompt being read
 * @property {number} millis since it was sent
 * @property {number} others requests of the same key that are being answered
 * @property {number} promptTokens 0 where not known
 * @property {number} cachedTokens
 */

const PAUSE_MILLIS = 500;

/**
 * Looks at the log again and again until the signal says to stop.
 * @param {string} path
 * @param {(wait: Wait) => void} take
 * @param {AbortSignal} signal
 */
export async function watchWait(path, take, signal) {
    const began = performance.now();
    for (;;) {
        await new Promise((resolve) => { window.setTimeout(resolve, PAUSE_MILLIS); });
        if (signal.aborted) {
            return;
        }
        try {
            const {data} = await loggedRequests(signal);
            const wait = waitOf(data, path, performance.now() - began);
            if (wait && !signal.aborted) {
                take(wait);
            }
        } catch {
            // The request itself will report the fault.
        }
    }
}

/**
 * @param {import('./extensions.js').LoggedRequest[]} log
 * @param {string} path
 * @param {number} millis
 * @returns {Wait|null}
 */
function waitOf(log, path, millis) {
    const running = log.filter((each) => each.state === 'running');
    // The answer's head, which has the id, comes with its first event; until then the age of the request tells it from others.
    const [mine] = running
        .filter((each) => each.path === path && each.client === navigator.userAgent.slice(0, 200) && !isKnown(each.metrics?.first_token_ms))
        .sort((a, b) => Math.abs(a.total_ms - millis) - Math.abs(b.total_ms - millis));
    if (!mine) {
        return null;
    }
    const metrics = mine.metrics;
    return {
        at: isKnown(metrics?.queue_ms) ? 'prompt' : 'queue',
        millis,
        others: running.filter((each) => each !== mine && isKnown(each.metrics?.queue_ms)).length,
        promptTokens: metrics?.prompt_tokens ?? 0,
        cachedTokens: metrics?.cached_tokens ?? 0,
    };
}

/** @param {number|null|undefined} value */
function isKnown(value) {
    return value !== null && value !== undefined;
}
