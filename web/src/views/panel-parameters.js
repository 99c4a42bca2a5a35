// Every documented parameter as a form.
import {html, useSignal} from '../vendor/ui.js';
import {inspection} from '../state/inspection.js';
import {refusal} from '../state/chat.js';
import {card} from '../state/models.js';
import {PARAMETERS, parsed, shown} from '../state/parameters.js';
import {parameters, setParameter} from '../state/session.js';
import {link} from '../state/link.js';
import {CopyButton, FaultList, RefusalNotice} from './controls.js';

/** @typedef {import('../state/parameters.js').Parameter} Parameter */

/** Faults of the current request, from its inspection or from the server's answer. */
export function faults() {
    const seen = inspection.value?.faults ?? [];
    return seen.length > 0 ? seen : refusal.value?.faults ?? [];
}

/** @param {string} name */
function faultsAt(name) {
    const error = inspection.value?.error;
    const found = faults().filter((fault) => fault.loc[1] === name);
    if (found.length === 0 && error && error.param === name && (inspection.value?.faults.length ?? 0) === 0) {
        return [{type: error.type, loc: ['body', name], msg: error.message}];
    }
    return found;
}

export function ParametersPanel() {
    const filter = useSignal('');
    const wanted = PARAMETERS.filter((each) => `${each.name} ${each.meaning}`.toLowerCase().includes(filter.value.toLowerCase()));
    const groups = [...new Set(wanted.map((each) => each.group))];
    const set = PARAMETERS.filter((each) => parameters.value[each.name] !== undefined);
    const elsewhere = faults().filter((fault) => !PARAMETERS.some((each) => each.name === fault.loc[1]));
    return html`
        <div class="row">
            <label class="grow"><span class="visually-hidden">Search parameters</span>
                <input type="search" placeholder="Search parameters" value=${filter.value} onInput=${(/** @type {any} */ event) => { filter.value = event.target.value; }} />
            </label>
            <button type="button" disabled=${set.length === 0} onClick=${() => set.forEach((each) => setParameter(each.name, undefined))}>Reset ${set.length || ''}</button>
            <${CopyButton} text=${link} label="Copy link" quiet=${false} />
        </div>
        <p class="muted small">What is left empty is not sent. A link carries the model and the parameters, no texts.</p>
        ${inspection.value?.error && faults().length === 0 && html`<${RefusalNotice} refusal=${{...inspection.value.error, faults: [], code: null}} />`}
        ${elsewhere.length > 0 && html`<div class="notice bad"><${FaultList} faults=${elsewhere} /></div>`}
        ${groups.map((group) => html`
            <fieldset key=${group}>
                <legend>${group}</legend>
                ${wanted.filter((each) => each.group === group).map((each) => html`<${Field} key=${each.name} parameter=${each} />`)}
            </fieldset>`)}`;
}

/** @param {{parameter: Parameter}} props */
function Field({parameter}) {
    const value = parameters.value[parameter.name];
    const wrong = faultsAt(parameter.name);
    const id = `parameter-${parameter.name}`;
    const model = card(String(parameters.value.model ?? ''));
    const unset = parameter.unset.replace('{temperature}', String(model?.default_model_temperature ?? ''));
    const unable = parameter.reasoning && model && !model.capabilities.reasoning;
    const isSet = value !== undefined;
    return html`
        <div class="parameter">
            <div class="row spread">
                <label for=${id} class=${`name ${isSet ? 'is-set' : ''}`}>${parameter.name}</label>
                <span class="muted small">${parameter.range}</span>
            </div>
            <div class="row">
                <${Input} parameter=${parameter} id=${id} value=${shown(parameter, value)} unset=${unset} wrong=${wrong.length > 0}
                    change=${(/** @type {string} */ text) => setParameter(parameter.name, parsed(parameter, text))} />
                ${isSet && html`<button type="button" class="quiet" aria-label=${`Unset ${parameter.name}`} onClick=${() => setParameter(parameter.name, undefined)}>✕</button>`}
            </div>
            <p id=${`${id}-help`}>${parameter.meaning} Unset: ${unset}.${unable ? ' This model does not think.' : ''}</p>
            ${wrong.map((fault) => html`<p class="faults" id=${`${id}-fault`}>${fault.msg}</p>`)}
        </div>`;
}

/** @param {{parameter: Parameter, id: string, value: string, unset: string, wrong: boolean, change: (text: string) => void}} props */
function Input({parameter, id, value, unset, wrong, change}) {
    const common = {
        id, 'aria-describedby': `${id}-help${wrong ? ` ${id}-fault` : ''}`, 'aria-invalid': wrong ? 'true' : 'false',
        onInput: (/** @type {any} */ event) => change(event.target.value),
    };
    switch (parameter.kind) {
        case 'boolean':
            return html`<select ...${common} value=${value}><option value="">unset (${unset})</option><option>true</option><option>false</option></select>`;
        case 'choice': {
            const tools = parameter.name === 'tool_choice' && Array.isArray(parameters.value.tools) ? parameters.value.tools : [];
            const choices = [
                ...(parameter.choices ?? []),
                ...tools.map((/** @type {any} */ tool) => JSON.stringify({type: 'function', function: {name: tool?.function?.name}})),
            ];
            const other = value && !choices.includes(value);
            return html`
                <select ...${common} value=${value}>
                    <option value="">unset (${unset})</option>
                    ${choices.map((each) => html`<option>${each}</option>`)}
                    ${other && html`<option value=${value}>${value}</option>`}
                </select>`;
        }
        case 'list':
        case 'text':
        case 'json':
            return html`<textarea ...${common} rows="1" placeholder=${unset} value=${value}></textarea>`;
        default:
            return html`<input ...${common} type="text" inputmode="decimal" placeholder=${unset} value=${value} onKeyDown=${(/** @type {KeyboardEvent} */ event) => step(event, parameter, value, change)} />`;
    }
}

/**
 * Arrow keys count up and down, as in a number field; a real number field would silently drop text that is not a number.
 * @param {KeyboardEvent} event
 * @param {Parameter} parameter
 * @param {string} value
 * @param {(text: string) => void} change
 */
function step(event, parameter, value, change) {
    const sign = {ArrowUp: 1, ArrowDown: -1}[event.key];
    if (sign) {
        event.preventDefault();
        const next = Number(value || parameter.min || 0) + sign * (parameter.step ?? 1);
        change(String(Number(Math.max(parameter.min ?? next, Math.min(parameter.max ?? next, next)).toFixed(4))));
    }
}
