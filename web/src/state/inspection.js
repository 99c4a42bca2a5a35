// The server's inspection of the current request, asked for shortly after every change.
import {computed, effect, signal} from '../vendor/ui.js';
import {describe} from '../server/connection.js';
import {inspect} from '../server/extensions.js';
import {addressOf, expandedText, imagesOf} from './images.js';
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

/** Characters of images for which a millisecond more is waited: they go to the server with every inspection. */
const CHARACTERS_A_MILLISECOND = 10_000;

/**
 * Inspects a request shortly after its last change.
 * @param {() => string|Record<string, any>} wanted the request, or its text; empty for none
 * @param {(inspection: import('../server/extensions.js').Inspection) => void} take
 * @param {(error: string) => void} failed
 */
export function inspecting(wanted, take, failed) {
    let timer = 0;
    let abort = new AbortController();
    return effect(() => {
        const body = wanted();
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
        }, PAUSE_MILLIS + imageCharacters(body) / CHARACTERS_A_MILLISECOND);
    });
}

/** @param {string|Record<string, any>} body */
function imageCharacters(body) {
    return typeof body === 'string'
        ? body.length
        : imagesOf(body.messages ?? []).reduce((sum, chunk) => sum + addressOf(chunk).length, 0);
}

/**
 * Text of the JSON editor as it is inspected: images stand in it as labels. Where it is not valid JSON, the place of
 * the error counts.
 * @param {string} text
 */
function withImages(text) {
    try {
        JSON.parse(text);
        return expandedText(text);
    } catch {
        return text;
    }
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
        () => withImages(brokenJson.value) || (request.value.model ? (asks.value ? request.value : completed(request.value)) : ''),
        (found) => { inspection.value = asks.value ? found : {...found, prompt: null, room: null, answer: null}; },
        (error) => { inspectionError.value = error; });
}
