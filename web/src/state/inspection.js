// The server's inspection of the current request, asked for shortly after every change.
import {computed, effect, signal} from '../vendor/ui.js';
import {describe} from '../server/connection.js';
import {inspect} from '../server/extensions.js';
import {beforeLeaving, isAsking, request} from './session.js';

const PAUSE_MILLIS = 350;

/** @type {import('../vendor/ui.js').Signal<import('../server/extensions.js').Inspection|null>} */
export const inspection = signal(null);

/** Text of the JSON editor that is not valid JSON yet; inspected instead of the request. */
export const brokenJson = signal('');

/** Whether the conversation has a message to answer. Without one, the parameters are inspected with a placeholder. */
export const asks = computed(() => brokenJson.value !== '' || isAsking(request.value.messages));

/** Why the server could not say; empty where it did. */
export const inspectionError = signal('');

/**
 * Inspects `text` shortly after its last change.
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

/**
 * The request with a placeholder as the message to answer.
 * @param {Record<string, any>} unfinished
 */
function completed(unfinished) {
    return {...unfinished, messages: [...unfinished.messages, {role: 'user', content: '?'}]};
}

export function keepInspecting() {
    beforeLeaving(() => { brokenJson.value = ''; });
    inspecting(
        () => brokenJson.value || (request.value.model ? JSON.stringify(asks.value ? request.value : completed(request.value)) : ''),
        (found) => { inspection.value = asks.value ? found : {...found, prompt: null, room: null, answer: null}; },
        (error) => { inspectionError.value = error; });
}
