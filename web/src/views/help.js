// The keyboard shortcuts.
import {html} from '../vendor/ui.js';

const KEYS = [
    ['Enter', 'send the message'],
    ['Shift Enter', 'a new line'],
    ['Esc', 'stop the answer'],
    ['Alt 1 … Alt 5', 'chat, compare, variables, fill in, requests'],
    ['Alt M', 'go to the message field'],
    ['Alt P', 'go to the panel beside the conversation'],
    ['Alt T', 'light or dark'],
    ['← →', 'move among tabs and tokens'],
    ['Ctrl Enter', 'save an edited message, fill a gap'],
    ['Alt ?', 'this help'],
];

/** @param {{dialog: {current: HTMLDialogElement|null}}} props */
export function Help({dialog}) {
    return html`
        <dialog ref=${dialog} aria-label="Keys">
            <h2>Keys</h2>
            <table><tbody>${KEYS.map(([key, meaning]) => html`<tr><td><kbd>${key}</kbd></td><td>${meaning}</td></tr>`)}</tbody></table>
            <p class="small muted">Conversations are stored in this browser. Licences of what this page is made with: <a href="/playground/vendor/licences.txt" target="_blank">licences</a>.</p>
            <form method="dialog"><button>Close</button></form>
        </dialog>`;
}
