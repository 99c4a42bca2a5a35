// Two to four requests side by side, made from the current request.
import {batch, computed, signal} from '../vendor/ui.js';
import {CHAT, complete, emptyAnswer} from '../server/completions.js';
import {describe} from '../server/connection.js';
import {withText} from './images.js';
import {freshId} from './tree.js';
import {isAsking, request} from './session.js';

export const MIN_PANES = 2;
export const MAX_PANES = 4;

/**
 * @typedef {object} Pane
 * @property {string} id
 * @property {Record<string, any>} changes parameters that differ from the request at hand; undefined leaves one out
 * @property {string|null} prompt in the place of the last user message; null keeps that
 * @property {import('../vendor/ui.js').Signal<import('../server/completions.js').Answer>} answer
 * @property {import('../vendor/ui.js').Signal<string>} error
 * @property {import('../vendor/ui.js').Signal<boolean>} busy
 */

/** @returns {Pane} */
function pane() {
    return {id: freshId(), changes: {}, prompt: null, answer: signal(emptyAnswer()), error: signal(''), busy: signal(false)};
}

/** @type {import('../vendor/ui.js').Signal<Pane[]>} */
export const panes = signal([pane(), pane()]);

/** Whether differences from the first pane are marked. */
export const showsDifferences = signal(true);

let abort = new AbortController();

export function addPane() {
    if (panes.value.length < MAX_PANES) {
        panes.value = [...panes.value, pane()];
    }
}

/** @param {string} id */
export function removePane(id) {
    if (panes.value.length > MIN_PANES) {
        panes.value = panes.value.filter((each) => each.id !== id);
    }
}

/**
 * @param {string} id
 * @param {Partial<Pane>} change
 */
export function changePane(id, change) {
    panes.value = panes.value.map((each) => (each.id === id ? {...each, ...change} : each));
}

/**
 * @param {Pane} pane
 * @returns {Record<string, any>}
 */
export function requestOf(pane) {
    /** @type {Record<string, any>} */
    const asked = {...request.value, ...pane.changes};
    if (pane.prompt !== null) {
        const said = [...request.value.messages];
        const last = said.findLastIndex((/** @type {any} */ message) => message.role === 'user');
        const {prompt} = pane;
        // The images of the message stay.
        asked.messages = last < 0
            ? [...said, {role: 'user', content: prompt}]
            : said.map((each, i) => (i === last ? withText(each, prompt) : each));
    }
    return Object.fromEntries(Object.entries(asked).filter(([, value]) => value !== undefined));
}

/** Whether every pane has a message to answer. */
export const canRun = computed(() => panes.value.every((each) => isAsking(requestOf(each).messages ?? [])));

export async function runAll() {
    stopAll();
    abort = new AbortController();
    const {signal: mine} = abort;
    await Promise.all(panes.value.map((each) => run(each, mine)));
}

export function stopAll() {
    abort.abort();
}

/**
 * @param {Pane} pane
 * @param {AbortSignal} mine
 */
async function run(pane, mine) {
    batch(() => {
        pane.answer.value = emptyAnswer();
        pane.error.value = '';
        pane.busy.value = true;
    });
    let frame = 0;
    try {
        const last = await complete(CHAT, requestOf(pane), (answer) => {
            frame ||= requestAnimationFrame(() => {
                frame = 0;
                pane.answer.value = {...answer};
            });
        }, mine);
        pane.answer.value = {...last};
        if (!last.complete) {
            pane.error.value = 'The stream ended before the answer was complete.';
        }
    } catch (error) {
        if (!mine.aborted) {
            pane.error.value = describe(error).message;
        }
    }
    cancelAnimationFrame(frame);
    pane.busy.value = false;
}
