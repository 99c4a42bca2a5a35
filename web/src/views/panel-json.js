// The request as JSON, to be edited as well as the form.
import {html, useRef} from '../vendor/ui.js';
import {asks, brokenJson, inspection, inspectionError} from '../state/inspection.js';
import {expanded, expandedText, shortened} from '../state/images.js';
import {isMessage, request, said, takeRequest, typed as written} from '../state/session.js';
import {equal} from '../state/tree.js';
import {CopyButton, FaultList} from './controls.js';
import {JsonField} from './json-field.js';
import {faults} from './panel-parameters.js';

export function JsonPanel() {
    const typed = useRef('');
    const value = request.value;
    // The text stays as typed while it means the current request.
    const open = !written.value && means(typed.current, {...value, messages: said.value}) && !means(typed.current, value);
    const text = brokenJson.value || (open || means(typed.current, value) ? typed.current : JSON.stringify(shortened(value), null, 2));
    const change = (/** @type {string} */ edited) => {
        typed.current = edited;
        const parsed = expanded(parse(edited));
        if (parsed && hasMessages(parsed)) {
            brokenJson.value = '';
            takeRequest(parsed);
        } else {
            brokenJson.value = edited;
        }
    };
    const wrong = faults();
    const error = inspection.value?.error;
    const marks = wrong.map((fault) => ({
        path: fault.loc.slice(1),
        message: fault.msg,
        ...(fault.type === 'json_invalid' && typeof fault.loc[1] === 'number' ? {offset: fault.loc[1]} : {}),
    }));
    if (wrong.length === 0 && error?.param) {
        marks.push({path: error.param.split('.'), message: error.message});
    }
    return html`
        <div class="row spread">
            <h2>POST /v1/chat/completions</h2>
            <${CopyButton} text=${() => expandedText(text)} />
        </div>
        ${shortened(value) !== value && html`<p class="muted small">Images are shortened here; each label stands for one. The copy has all of them.</p>`}
        <div class="fill"><${JsonField} label="Request as JSON" text=${text} marks=${marks} change=${change} /></div>
        <div role="status">
            ${wrong.length > 0 ? html`<${FaultList} faults=${wrong} />`
                : error ? html`<p class="error">${error.message}</p>`
                : inspectionError.value ? html`<p class="error">${inspectionError.value}</p>`
                : !asks.value || open ? html`<p class="muted small">The conversation has no message to answer yet.</p>`
                : html`<p class="good small">The server would accept this request.</p>`}
        </div>`;
}

/**
 * Whether the text contains a conversation that can be shown. For anything else, the server says what is wrong.
 * @param {any} parsed
 */
function hasMessages(parsed) {
    return parsed.messages === undefined || (Array.isArray(parsed.messages) && parsed.messages.every(isMessage));
}

/** @param {string} text */
function parse(text) {
    try {
        const value = JSON.parse(text);
        return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : null;
    } catch {
        return null;
    }
}

/**
 * @param {string} text
 * @param {Record<string, any>} value
 */
function means(text, value) {
    const {stream: _, ...parsed} = parse(text) ?? {};
    return equal(sorted(shortened(parsed)), sorted(shortened(value)));
}

/** @param {Record<string, any>} value */
function sorted(value) {
    return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}
