// The request log of this key, kept up to date by the server's event stream.
import {signal} from '../vendor/ui.js';
import {describe} from '../server/connection.js';
import {followRequests, loggedRequests} from '../server/extensions.js';

/** @typedef {import('../server/extensions.js').LoggedRequest} LoggedRequest */

const MAX_SHOWN = 200;
const RETRY_MILLIS = 2000;

/** @type {import('../vendor/ui.js').Signal<LoggedRequest[]>} */
export const entries = signal([]);
export const keepsBodies = signal(false);
export const logError = signal('');

/** Whether the event stream is connected. */
export const live = signal(false);

/** @param {LoggedRequest} entry */
function take(entry) {
    const known = entries.value.findIndex((each) => each.id === entry.id);
    const next = [...entries.value];
    if (known >= 0) {
        next[known] = entry;
    } else {
        next.unshift(entry);
    }
    entries.value = next.slice(0, MAX_SHOWN);
}

/**
 * Follows the log while the signal lets it, and begins again when the connection breaks.
 * @param {AbortSignal} signal
 */
export async function follow(signal) {
    while (!signal.aborted) {
        try {
            await followRequests(take, () => {
                live.value = true;
                void refresh();
            }, signal);
        } catch (error) {
            if (!signal.aborted) {
                logError.value = describe(error).message;
            }
        }
        live.value = false;
        await new Promise((resolve) => { window.setTimeout(resolve, RETRY_MILLIS); });
    }
}

export async function refresh() {
    try {
        const log = await loggedRequests();
        entries.value = log.data;
        keepsBodies.value = log.keeps_bodies;
        logError.value = '';
    } catch (error) {
        logError.value = describe(error).message;
    }
}
