// Small parts that several views share.
import {html, useRef, useState} from '../vendor/ui.js';

/**
 * Tabs as the ARIA pattern has them: one tab stop, arrows move.
 * @param {{label: string, tabs: {id: string, label: string}[], chosen: string, choose: (id: string) => void, prefix: string}} props
 */
export function Tabs({label, tabs, chosen, choose, prefix}) {
    const list = useRef(/** @type {HTMLElement|null} */ (null));
    const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
        const at = tabs.findIndex((tab) => tab.id === chosen);
        const next = {ArrowRight: at + 1, ArrowLeft: at - 1 + tabs.length, Home: 0, End: tabs.length - 1}[event.key];
        if (next !== undefined) {
            event.preventDefault();
            choose(tabs[next % tabs.length].id);
            /** @type {HTMLElement|undefined} */ (list.current?.children[next % tabs.length])?.focus();
        }
    };
    return html`
        <div class="tabs" role="tablist" aria-label=${label} ref=${list} onKeyDown=${onKeyDown}>
            ${tabs.map((tab) => html`
                <button key=${tab.id} role="tab" type="button" id=${`${prefix}-tab-${tab.id}`}
                    aria-selected=${tab.id === chosen} aria-controls=${`${prefix}-panel`}
                    tabIndex=${tab.id === chosen ? 0 : -1} onClick=${() => choose(tab.id)}>${tab.label}</button>`)}
        </div>`;
}

/** @param {{text: () => string, label?: string, quiet?: boolean}} props */
export function CopyButton({text, label = 'Copy', quiet = true}) {
    const [said, setSaid] = useState('');
    const copy = async () => {
        try {
            await navigator.clipboard.writeText(text());
            setSaid('Copied');
        } catch {
            setSaid('Copying is not allowed');
        }
        window.setTimeout(() => setSaid(''), 1500);
    };
    return html`<button type="button" class=${quiet ? 'quiet' : ''} onClick=${copy}>${said || label}<span class="visually-hidden" role="status">${said}</span></button>`;
}

/**
 * Gives the user a file.
 * @param {string} name
 * @param {string} type
 * @param {string} text
 */
export function download(name, type, text) {
    const url = URL.createObjectURL(new Blob([text], {type}));
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
    URL.revokeObjectURL(url);
}

/**
 * Lets the user choose a file and reads it.
 * @param {string} accept
 * @param {(text: string) => void} take
 */
export function upload(accept, take) {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = accept;
    input.onchange = async () => {
        const file = input.files?.[0];
        if (file) {
            take(await file.text());
        }
    };
    input.click();
}

/**
 * Lets the user choose files.
 * @param {string} accept
 * @param {(files: File[]) => void} take
 */
export function chooseFiles(accept, take) {
    const input = document.createElement('input');
    input.type = 'file';
    input.accept = accept;
    input.multiple = true;
    input.onchange = () => take([...input.files ?? []]);
    input.click();
}

/** @param {number|null|undefined} millis */
export function duration(millis) {
    if (millis === null || millis === undefined) {
        return '–';
    }
    return millis < 1000 ? `${millis < 10 ? millis.toFixed(1) : Math.round(millis)} ms` : `${(millis / 1000).toFixed(2)} s`;
}

/** Kept, as making one takes longer than drawing a frame's text. */
const FORMAT = new Intl.NumberFormat('en', {maximumFractionDigits: 1});

/** @param {number|null|undefined} value */
export function number(value) {
    return value === null || value === undefined ? '–' : FORMAT.format(value);
}

/**
 * What a pending answer is waiting for.
 * @param {{wait: import('../server/waiting.js').Wait|null}} props
 */
export function Waiting({wait}) {
    if (!wait) {
        return null;
    }
    const others = wait.others === 0 ? '' : wait.others === 1 ? ' One other request is being answered.' : ` ${wait.others} other requests are being answered.`;
    const cached = wait.cachedTokens > 0 ? `, ${number(wait.cachedTokens)} of them cached` : '';
    return html`
        <p class="muted small waiting">${wait.at === 'queue'
            ? `Waiting in the server’s queue for ${Math.round(wait.millis / 1000)} s.${others}`
            : `Reading the prompt: ${number(wait.promptTokens)} tokens${cached}.`}</p>`;
}

/** Characters of one element: a text that grows leaves the layout of its earlier elements as it is. */
const STRETCH = 4000;

/**
 * A text that may be long and may be growing.
 * @param {{text: string}} props
 */
export function LongText({text}) {
    const stretches = [];
    for (let at = 0; at < text.length;) {
        // A line break at the end of an element looks the same as one inside it.
        const line = text.indexOf('\n', at + STRETCH);
        const end = line < 0 ? text.length : line + 1;
        stretches.push(text.slice(at, end));
        at = end;
    }
    return stretches.length < 2 ? text : stretches.map((each, i) => html`<div key=${i} class="stretch">${each}</div>`);
}

/**
 * The way to a fault as people write it.
 * @param {(string|number)[]} loc
 */
export function place(loc) {
    return loc.slice(loc[0] === 'body' ? 1 : 0).join('.');
}

/** @param {{refusal: import('../server/connection.js').Refusal|null}} props */
export function RefusalNotice({refusal}) {
    if (!refusal) {
        return null;
    }
    return html`
        <div class="notice bad" role="alert">
            ${refusal.status ? html`<strong>${refusal.status} </strong>` : ''}${refusal.message}
            ${refusal.faults.length > 1 ? html`<${FaultList} faults=${refusal.faults} />` : ''}
        </div>`;
}

/** @param {{faults: import('../server/connection.js').Fault[]}} props */
export function FaultList({faults}) {
    return html`
        <ul class="faults">
            ${faults.map((fault) => html`<li><code>${place(fault.loc)}</code> ${fault.msg}${fault.ctx?.error ? `: ${fault.ctx.error}` : ''}</li>`)}
        </ul>`;
}
