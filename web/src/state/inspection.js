// What the server makes of the request at hand, asked for a moment after every change.
import {effect, signal} from '../vendor/ui.js';
import {describe} from '../server/connection.js';
import {inspect} from '../server/extensions.js';
import {request} from './session.js';

const PAUSE_MILLIS = 350;

/** @type {import('../vendor/ui.js').Signal<import('../server/extensions.js').Inspection|null>} */
export const inspection = signal(null);

/** Why the server could not say; empty where it did. */
export const inspectionError = signal('');

/** Text of the JSON editor that is no JSON yet: inspected instead of the request. */
export const brokenJson = signal('');

/**
 * Inspects whatever `text` says, a moment after it last changed.
 * @param {() => string} text
 * @param {(inspection: import('../server/extensions.js').Inspection) => void} take
 * @param {(error: string) => void} failed
 */
export function inspecting(text, take, failed) {
    let timer = 0;
    let abort = new AbortController();
    return effect(() => {
        const body = text();
        clearTimeout(timer);
        abort.abort();
        if (!body) {
            return;
        }
        timer = window.setTimeout(async () => {
            abort = new AbortController();
            const {signal: mine} = abort;
            try {
                take(await inspect(body, {signal: mine}));
                failed('');
            } catch (error) {
                if (!mine.aborted) {
                    failed(describe(error).message);
                }
            }
        }, PAUSE_MILLIS);
    });
}

export function keepInspecting() {
    inspecting(
        () => brokenJson.value || (request.value.model ? JSON.stringify(request.value) : ''),
        (found) => { inspection.value = found; },
        (error) => { inspectionError.value = error; });
}
