// Tool calls as cards, and fields for their results.
import {html, useState} from '../vendor/ui.js';
import {giveResults} from '../state/chat.js';
import {children} from '../state/tree.js';
import {tree} from '../state/session.js';

/** @param {{node: import('../state/tree.js').Node, calls: any[], busy: boolean}} props */
export function CallCards({node, calls, busy}) {
    const [results, setResults] = useState(/** @type {string[]} */ ([]));
    if (calls.length === 0) {
        return null;
    }
    const answered = children(tree.value, node.id).some((each) => each.message.role === 'tool');
    const open = !busy && !answered;
    return html`
        ${calls.map((call, i) => html`
            <section class="call" key=${call.id} aria-label=${`Call of ${call.function.name}`}>
                <h4>${call.function.name}</h4>
                <pre>${indented(call.function.arguments)}</pre>
                ${open && html`
                    <label>Result
                        <textarea rows="2" class="mono" value=${results[i] ?? ''} placeholder='{"answer": 42}'
                            onInput=${(/** @type {any} */ event) => {
                                const next = [...results];
                                next[i] = event.target.value;
                                setResults(next);
                            }}></textarea>
                    </label>`}
            </section>`)}
        ${open && html`
            <button type="button" class="primary" onClick=${() => giveResults(node, calls.map((_, i) => results[i] ?? ''))}>
                Send ${calls.length === 1 ? 'the result' : `${calls.length} results`}</button>`}`;
}

/** @param {any} text */
function indented(text) {
    try {
        return JSON.stringify(typeof text === 'string' ? JSON.parse(text) : text, null, 2);
    } catch {
        return String(text);
    }
}
