// The tools of the request, by form or as JSON.
import {html, useSignal} from '../vendor/ui.js';
import {inspection} from '../state/inspection.js';
import {parameters, setParameter} from '../state/session.js';
import {steps} from './locate.js';
import {JsonField} from './json-field.js';
import {Verdict} from './panel-schema.js';

const FIRST = {
    type: 'function',
    function: {
        name: 'get_weather',
        description: 'The weather in a city',
        parameters: {type: 'object', properties: {city: {type: 'string'}}, required: ['city']},
    },
};

export function ToolsPanel() {
    const tools = Array.isArray(parameters.value.tools) ? parameters.value.tools : [];
    const set = (/** @type {any[]} */ next) => setParameter('tools', next.length > 0 ? next : undefined);
    const fresh = () => {
        const names = tools.map((each) => each?.function?.name);
        const name = names.includes(FIRST.function.name) ? `tool_${tools.length + 1}` : FIRST.function.name;
        set([...tools, {...FIRST, function: {...FIRST.function, name}}]);
    };
    return html`
        <p class="muted small">The model may call these. Its calls appear in the conversation, where you type their results.</p>
        ${tools.map((tool, i) => html`
            <${Tool} key=${i} tool=${tool} index=${i}
                change=${(/** @type {any} */ next) => set(tools.map((each, at) => (at === i ? next : each)))}
                remove=${() => set(tools.filter((_, at) => at !== i))} />`)}
        <div><button type="button" onClick=${fresh}>Add a tool</button></div>`;
}

/** @param {{tool: any, index: number, change: (tool: any) => void, remove: () => void}} props */
function Tool({tool, index, change, remove}) {
    const asJson = useSignal(false);
    const called = tool?.function ?? {};
    const set = (/** @type {any} */ part) => change({...tool, function: {...called, ...part}});
    const verdict = inspection.value?.schemas.find((each) => each.loc[1] === 'tools' && each.loc[2] === index);
    const faults = (inspection.value?.faults ?? []).filter((each) => each.loc[1] === 'tools' && each.loc[2] === index && each.type !== 'schema_not_enforceable');
    return html`
        <section class="card stack" aria-label=${`Tool ${called.name ?? index + 1}`}>
            <div class="row spread">
                <h3>Tool ${index + 1}</h3>
                <span>
                    <button type="button" class="quiet" aria-pressed=${asJson.value} onClick=${() => { asJson.value = !asJson.value; }}>JSON</button>
                    <button type="button" class="quiet" aria-label=${`Remove ${called.name ?? 'tool'}`} onClick=${remove}>Remove</button>
                </span>
            </div>
            ${asJson.value
                ? html`<${Json} label=${`Tool ${index + 1} as JSON`} value=${tool} change=${change} />`
                : html`
                    <label>Name <input class="mono" value=${called.name ?? ''} onInput=${(/** @type {any} */ event) => set({name: event.target.value})} /></label>
                    <label>What it does <input value=${called.description ?? ''} onInput=${(/** @type {any} */ event) => set({description: event.target.value})} /></label>
                    <${Fields} schema=${called.parameters ?? {}} change=${(/** @type {any} */ parameters) => set({parameters})} />`}
            ${faults.map((fault) => html`<p class="error small">${fault.loc.slice(3).join('.')}: ${fault.msg}</p>`)}
            <div role="status">${verdict && (!verdict.enforced || faults.length === 0) && html`<${Verdict} verdict=${verdict} />`}</div>
            ${asJson.value && verdict && verdict.refused.length > 0 && html`<p class="small muted">${verdict.refused.map((each) => steps(each.pointer).join(' › ')).join(', ')}</p>`}
        </section>`;
}

/** @param {{label: string, value: any, change: (value: any) => void}} props */
function Json({label, value, change}) {
    const broken = useSignal('');
    const take = (/** @type {string} */ text) => {
        try {
            const parsed = JSON.parse(text);
            broken.value = '';
            if (JSON.stringify(parsed) !== JSON.stringify(value)) {
                change(parsed);
            }
        } catch {
            broken.value = text;
        }
    };
    return html`<${JsonField} label=${label} text=${broken.value || JSON.stringify(value, null, 2)} change=${take} />`;
}

const TYPES = ['string', 'integer', 'number', 'boolean', 'array', 'object'];

/** @param {{schema: any, change: (schema: any) => void}} props */
function Fields({schema, change}) {
    const properties = Object.entries(schema.properties ?? {});
    const required = Array.isArray(schema.required) ? schema.required : [];
    const write = (/** @type {[string, any][]} */ next, /** @type {string[]} */ must) =>
        change({...schema, type: 'object', properties: Object.fromEntries(next), required: must});
    const rename = (/** @type {number} */ at, /** @type {string} */ name) => write(
        properties.map(([old, value], i) => /** @type {[string, any]} */ ([i === at ? name : old, value])),
        required.map((/** @type {string} */ each) => (each === properties[at][0] ? name : each)));
    return html`
        <table>
            <caption class="visually-hidden">Parameters of the tool</caption>
            <thead><tr><th scope="col">Parameter</th><th scope="col">Type</th><th scope="col">Required</th><th scope="col"><span class="visually-hidden">Actions</span></th></tr></thead>
            <tbody>
                ${properties.map(([name, value], i) => html`
                    <tr key=${i}>
                        <td><input class="mono" aria-label="Name of the parameter" value=${name} onChange=${(/** @type {any} */ event) => rename(i, event.target.value)} /></td>
                        <td><select aria-label=${`Type of ${name}`} value=${/** @type {any} */ (value)?.type ?? 'string'} onChange=${(/** @type {any} */ event) => write(
                            properties.map(([key, each], at) => /** @type {[string, any]} */ ([key, at === i ? {.../** @type {any} */ (each), type: event.target.value} : each])), required)}>
                            ${TYPES.map((type) => html`<option>${type}</option>`)}</select></td>
                        <td><input type="checkbox" aria-label=${`${name} is required`} checked=${required.includes(name)} onChange=${(/** @type {any} */ event) => write(
                            properties, event.target.checked ? [...required, name] : required.filter((/** @type {string} */ each) => each !== name))} /></td>
                        <td><button type="button" class="quiet" aria-label=${`Remove ${name}`} onClick=${() => write(
                            properties.filter((_, at) => at !== i), required.filter((/** @type {string} */ each) => each !== name))}>✕</button></td>
                    </tr>`)}
            </tbody>
        </table>
        <div><button type="button" class="quiet" onClick=${() => write([...properties, [`parameter_${properties.length + 1}`, {type: 'string'}]], required)}>Add a parameter</button></div>`;
}
