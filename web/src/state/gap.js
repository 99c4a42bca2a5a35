// Fill-in-the-middle: a text with a gap, and what the model puts there.
import {batch, computed, signal} from '../vendor/ui.js';
import {complete, emptyAnswer, FIM} from '../server/completions.js';
import {describe} from '../server/connection.js';
import {BY_NAME} from './parameters.js';
import {parameters} from './session.js';

export const before = signal('def fibonacci(n: int) -> int:\n    """The n-th Fibonacci number."""\n');
export const after = signal('\n\nprint(fibonacci(10))\n');
export const gapAnswer = signal(emptyAnswer());
/** @type {import('../vendor/ui.js').Signal<import('../server/connection.js').Refusal|null>} */
export const gapError = signal(null);
export const gapBusy = signal(false);

/** The request: those of the current parameters that fill-in-the-middle supports. */
export const gapRequest = computed(() => {
    const known = Object.entries(parameters.value).filter(([name]) => BY_NAME.get(name)?.fim);
    return {
        model: parameters.value.model ?? '',
        prompt: before.value,
        ...(after.value ? {suffix: after.value} : {}),
        ...Object.fromEntries(known),
    };
});

let abort = new AbortController();

export async function fillGap() {
    abort.abort();
    abort = new AbortController();
    const {signal: mine} = abort;
    batch(() => {
        gapAnswer.value = emptyAnswer();
        gapError.value = null;
        gapBusy.value = true;
    });
    let frame = 0;
    try {
        const last = await complete(FIM, gapRequest.value, (answer) => {
            frame ||= requestAnimationFrame(() => {
                frame = 0;
                gapAnswer.value = {...answer};
            });
        }, mine);
        cancelAnimationFrame(frame);
        gapAnswer.value = {...last};
    } catch (error) {
        cancelAnimationFrame(frame);
        gapError.value = mine.aborted ? null : describe(error);
    }
    gapBusy.value = false;
}

export function stopGap() {
    abort.abort();
}

/** Puts the answer into the text before the gap. */
export function acceptGap() {
    batch(() => {
        before.value += gapAnswer.value.choices[0]?.text ?? '';
        gapAnswer.value = emptyAnswer();
    });
}
