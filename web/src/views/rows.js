// Variables: one prompt, a table of rows, an answer for each.
import {html} from '../vendor/ui.js';
import {changeRow, csv, row, rows, runningRows, runRows, stopRows, systemPrompt, takeCsv, userPrompt, variables} from '../state/rows.js';
import {download, upload} from './controls.js';

/** @typedef {import('../state/rows.js').Row} Row */

const TAGS = {new: '', running: 'busy', done: 'fine', failed: 'bad'};

export function Rows() {
    return html`
        <div class="page"><div class="inner stack">
            <label>System message
                <textarea rows="1" value=${systemPrompt.value} placeholder="none" onInput=${(/** @type {any} */ event) => { systemPrompt.value = event.target.value; }}></textarea></label>
            <label>Prompt with variables, such as ${'{{topic}}'}
                <textarea rows="3" value=${userPrompt.value} onInput=${(/** @type {any} */ event) => { userPrompt.value = event.target.value; }}></textarea></label>
            <p class="muted small">Model and parameters are those of the chat.</p>
            <div class="row">
                ${runningRows.value
                    ? html`<button type="button" class="primary" onClick=${stopRows}>Stop</button>`
                    : html`<button type="button" class="primary" onClick=${runRows}>Run all</button>`}
                <button type="button" onClick=${() => { rows.value = [...rows.value, row()]; }}>Add a row</button>
                <button type="button" onClick=${() => upload('text/csv,.csv', takeCsv)}>Import CSV</button>
                <button type="button" onClick=${() => download('answers.csv', 'text/csv', csv())}>Export CSV</button>
            </div>
            <div class="scroll-x card">
                <table class="rows">
                    <caption class="visually-hidden">Rows of variables and their answers</caption>
                    <thead><tr><th scope="col">#</th>${variables.value.map((name) => html`<th scope="col" key=${name} class="mono">${name}</th>`)}<th scope="col">Answer</th><th scope="col"><span class="visually-hidden">Actions</span></th></tr></thead>
                    <tbody>${rows.value.map((each, i) => html`<${RowView} key=${each.id} each=${each} index=${i} />`)}</tbody>
                </table>
            </div>
        </div></div>`;
}

/** @param {{each: Row, index: number}} props */
function RowView({each, index}) {
    return html`
        <tr>
            <td>${index + 1}</td>
            ${variables.value.map((name) => html`
                <td key=${name}><textarea rows="1" aria-label=${`${name} of row ${index + 1}`} value=${each.values[name] ?? ''}
                    onInput=${(/** @type {any} */ event) => changeRow(each.id, {values: {...each.values, [name]: event.target.value}})}></textarea></td>`)}
            <td class="answer-cell" aria-live="polite">
                ${each.state !== 'done' && each.state !== 'new' && html`<span class=${`tag ${TAGS[each.state]}`}>${each.state}</span>`} ${each.output}</td>
            <td><button type="button" class="quiet" aria-label=${`Remove row ${index + 1}`} onClick=${() => { rows.value = rows.value.filter((other) => other.id !== each.id); }}>✕</button></td>
        </tr>`;
}
