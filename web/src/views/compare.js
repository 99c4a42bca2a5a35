// Side by side: two to four panes, with the differences from the first.
import {html, useEffect, useSignal} from '../vendor/ui.js';
import {addPane, canRun, changePane, MAX_PANES, MIN_PANES, panes, removePane, requestOf, runAll, showsDifferences, stopAll} from '../state/compare.js';
import {shortened} from '../state/images.js';
import {models} from '../state/models.js';
import {BY_NAME, parsed, shown} from '../state/parameters.js';
import {request} from '../state/session.js';
import {textOf} from '../state/tree.js';
import {duration, LongText, number, Waiting} from './controls.js';

const FIELDS = ['temperature', 'top_p', 'random_seed', 'max_tokens'];

export function Compare() {
    const busy = panes.value.some((pane) => pane.busy.value);
    return html`
        <div class="page"><div class="inner stack">
            <div class="row">
                ${busy
                    ? html`<button type="button" class="primary" onClick=${stopAll}>Stop all</button>`
                    : html`<button type="button" class="primary" disabled=${!canRun.value} onClick=${runAll}>Run all</button>`}
                <button type="button" disabled=${panes.value.length >= MAX_PANES} onClick=${addPane}>Add a pane</button>
                <label class="row"><input type="checkbox" checked=${showsDifferences.value} onChange=${(/** @type {any} */ event) => { showsDifferences.value = event.target.checked; }} /> Mark differences from pane 1</label>
            </div>
            <p class="muted small">Each pane is the request of the chat with these changes. What is empty is as in the chat.${canRun.value ? '' : ' Write a message in the chat, or a prompt in each pane.'}</p>
            <div class="panes">${panes.value.map((pane, i) => html`<${PaneView} key=${pane.id} pane=${pane} index=${i} />`)}</div>
        </div></div>`;
}

/** @param {{pane: import('../state/compare.js').Pane, index: number}} props */
function PaneView({pane, index}) {
    const set = (/** @type {string} */ name, /** @type {any} */ value) => {
        const changes = {...pane.changes, [name]: value};
        if (value === undefined) {
            delete changes[name];
        }
        changePane(pane.id, {changes});
    };
    const lastUser = request.value.messages.findLast((/** @type {any} */ message) => message.role === 'user');
    const answer = pane.answer.value;
    const text = answer.choices[0]?.text ?? '';
    return html`
        <section class="pane" aria-label=${`Pane ${index + 1}`}>
            <div class="row spread">
                <h2>Pane ${index + 1}</h2>
                ${panes.value.length > MIN_PANES && html`<button type="button" class="quiet" aria-label=${`Remove pane ${index + 1}`} onClick=${() => removePane(pane.id)}>Remove</button>`}
            </div>
            <label>Model
                <select value=${pane.changes.model ?? ''} onChange=${(/** @type {any} */ event) => set('model', event.target.value || undefined)}>
                    <option value="">as in the chat</option>
                    ${models.value.map((model) => html`<option>${model.id}</option>`)}
                </select>
            </label>
            <div class="two">
                ${FIELDS.map((name) => {
                    const parameter = BY_NAME.get(name);
                    return parameter && html`
                        <label><span class="mono small">${name}</span>
                            <input inputmode="decimal" value=${shown(parameter, pane.changes[name])} placeholder=${shown(parameter, request.value[name]) || 'unset'}
                                onInput=${(/** @type {any} */ event) => set(name, parsed(parameter, event.target.value))} />
                        </label>`;
                })}
            </div>
            <label>Prompt
                <textarea rows="3" value=${pane.prompt ?? ''} placeholder=${lastUser ? textOf(lastUser) : 'Write a message in the chat, or here'}
                    onInput=${(/** @type {any} */ event) => changePane(pane.id, {prompt: event.target.value || null})}></textarea>
            </label>
            <${OtherChanges} pane=${pane} />
            <div class="output" aria-busy=${pane.busy.value} tabIndex="0" role="region" aria-label=${`Answer of pane ${index + 1}`}>
                <${Waiting} wait=${pane.busy.value ? answer.wait : null} />
                ${pane.error.value ? html`<span class="error" role="alert">${pane.error.value}</span>`
                    : index > 0 && showsDifferences.value && text && !pane.busy.value
                        ? html`<${Difference} from=${panes.value[0].answer.value.choices[0]?.text ?? ''} to=${text} />`
                        : html`<${LongText} text=${text} />`}
            </div>
            ${answer.metrics && html`
                <div class="facts-line"><span>${number(answer.metrics.completion_tokens)} tokens</span><span>${number(answer.metrics.tokens_per_second)} tokens/s</span>
                <span>first after ${duration(answer.metrics.first_token_ms)}</span></div>`}
        </section>`;
}

/** @param {{pane: import('../state/compare.js').Pane}} props */
function OtherChanges({pane}) {
    const others = Object.fromEntries(Object.entries(pane.changes).filter(([name]) => name !== 'model' && !FIELDS.includes(name)));
    const typed = useSignal(Object.keys(others).length > 0 ? JSON.stringify(others) : '');
    const wrong = useSignal('');
    const take = (/** @type {any} */ event) => {
        typed.value = event.target.value;
        try {
            const parsedJson = typed.value.trim() ? JSON.parse(typed.value) : {};
            const kept = Object.fromEntries(Object.entries(pane.changes).filter(([name]) => name === 'model' || FIELDS.includes(name)));
            changePane(pane.id, {changes: {...kept, ...parsedJson}});
            wrong.value = '';
        } catch {
            wrong.value = 'not JSON yet';
        }
    };
    return html`
        <details>
            <summary class="small">Other changes, as JSON</summary>
            <label><span class="visually-hidden">Other changes as JSON</span>
                <textarea class="mono" rows="2" value=${typed.value} placeholder='{"top_k": 40}' aria-invalid=${wrong.value ? 'true' : 'false'} onInput=${take}></textarea></label>
            ${wrong.value && html`<p class="error small">${wrong.value}</p>`}
            <pre class="small mono scroll-x" tabIndex="0" aria-label="Request of this pane">${JSON.stringify(shortened(requestOf(pane)), null, 1)}</pre>
        </details>`;
}

/** Longer texts are compared too slowly. */
const MAX_COMPARED = 40000;

/** @param {{from: string, to: string}} props */
function Difference({from, to}) {
    const parts = useSignal(/** @type {{value: string, added?: boolean, removed?: boolean}[]|null} */ (null));
    useEffect(() => {
        if (from.length + to.length <= MAX_COMPARED) {
            void import('../vendor/diff.js').then(({diffWordsWithSpace}) => { parts.value = diffWordsWithSpace(from, to); });
        }
    }, [from, to]);
    if (from === to) {
        return html`<p class="good small">identical to pane 1</p>${to}`;
    }
    return parts.value
        ? parts.value.map((part) => (part.added ? html`<ins>${part.value}</ins>` : part.removed ? html`<del>${part.value}</del>` : part.value))
        : to;
}
