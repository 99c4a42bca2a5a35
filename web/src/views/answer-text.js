// The text of an answer as a component: written by an AnswerWriter, outside of Preact.
import {html, useEffect, useLayoutEffect, useRef} from '../vendor/ui.js';
import {AnswerWriter} from './answer-writer.js';
import {load} from './markdown.js';

/** @param {{text: string, complete: boolean}} props */
export function AnswerText({text, complete}) {
    const place = useRef(/** @type {HTMLElement|null} */ (null));
    const writer = useRef(/** @type {AnswerWriter|null} */ (null));
    const latest = useRef({text, complete});
    latest.current = {text, complete};
    useLayoutEffect(() => {
        if (place.current) {
            writer.current ??= new AnswerWriter(place.current);
            writer.current.write(text, complete);
        }
    }, [text, complete]);
    useEffect(() => {
        void load().then(() => writer.current?.write(latest.current.text, latest.current.complete));
    }, []);
    return html`<div class="md" ref=${place} onClick=${copyCode}></div>`;
}

/** @param {MouseEvent} event */
async function copyCode(event) {
    const button = /** @type {HTMLElement} */ (event.target).closest('.copy-code');
    const code = button?.closest('.code')?.querySelector('code');
    if (button && code) {
        await navigator.clipboard.writeText(code.textContent ?? '').catch(() => {});
        button.textContent = 'Copied';
        window.setTimeout(() => { button.textContent = 'Copy'; }, 1500);
    }
}
