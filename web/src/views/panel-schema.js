// The schema of the answer: written, or derived from an example, with the verdict of the server's compiler.
import {html, useSignal} from '../vendor/ui.js';
import {inspection} from '../state/inspection.js';
import {parameters, setParameter} from '../state/session.js';
import {schemaOf} from '../state/derive.js';
import {steps} from './locate.js';
import {JsonField} from './json-field.js';

const EXAMPLE = '{\n  "city": "Paris",\n  "inhabitants": 2100000,\n  "sights": ["Louvre"]\n}';

export function SchemaPanel() {
    const format = parameters.value.response_format;
    const kind = format?.type ?? 'text';
    const choose = (/** @type {any} */ event) => {
        const type = event.target.value;
        setParameter('response_format', type === 'text' ? undefined
            : type === 'json_object' ? {type}
            : {type, json_schema: {name: 'answer', schema: schemaOf(JSON.parse(EXAMPLE)), strict: true}});
    };
    return html`
        <label>Form of the answer
            <select value=${kind} onChange=${choose}>
                <option value="text">text: anything</option>
                <option value="json_object">json_object: any JSON object</option>
                <option value="json_schema">json_schema: JSON that follows a schema</option>
            </select>
        </label>
        ${kind === 'json_schema' && html`<${SchemaEditor} format=${format} />`}`;
}

/** @param {{format: any}} props */
function SchemaEditor({format}) {
    const broken = useSignal('');
    const wrongExample = useSignal('');
    const schema = format.json_schema?.schema;
    const set = (/** @type {any} */ change) => setParameter('response_format', {...format, json_schema: {...format.json_schema, ...change}});
    const change = (/** @type {string} */ text) => {
        try {
            const value = JSON.parse(text);
            broken.value = '';
            if (JSON.stringify(value) !== JSON.stringify(schema)) {
                set({schema: value});
            }
        } catch {
            broken.value = text;
        }
    };
    const derive = (/** @type {string} */ text) => {
        try {
            set({schema: schemaOf(JSON.parse(text))});
            broken.value = '';
            wrongExample.value = '';
        } catch (error) {
            wrongExample.value = error instanceof Error ? error.message : String(error);
        }
    };
    const verdict = inspection.value?.schemas.find((each) => each.loc[1] === 'response_format');
    const shortest = inspection.value?.answer?.min_tokens;
    return html`
        <label>Name <input value=${format.json_schema?.name ?? ''} onInput=${(/** @type {any} */ event) => set({name: event.target.value})} /></label>
        <h3>Schema</h3>
        <${JsonField} label="JSON Schema" text=${broken.value || JSON.stringify(schema, null, 2) || ''} change=${change}
            marks=${(verdict?.refused ?? []).map((each) => ({path: steps(each.pointer), message: each.reason}))} />
        <div role="status" class="stack">
            ${broken.value ? html`<p class="notice bad">This is not JSON yet. The request keeps the schema from before.</p>`
                : verdict && html`<${Verdict} verdict=${verdict} />`}
            ${!broken.value && verdict?.enforced && shortest !== null && shortest !== undefined && html`<p class="muted small">The shortest answer takes ${shortest} tokens.</p>`}
        </div>
        <details>
            <summary>From an example</summary>
            <${Example} derive=${derive} wrong=${wrongExample.value} />
        </details>`;
}

/** @param {{derive: (text: string) => void, wrong: string}} props */
function Example({derive, wrong}) {
    const text = useSignal(EXAMPLE);
    return html`
        <div class="stack">
            <${JsonField} label="Example object" text=${text.value} change=${(/** @type {string} */ next) => { text.value = next; }} />
            <div><button type="button" onClick=${() => derive(text.value)}>Derive the schema</button></div>
            ${wrong && html`<p class="error" role="alert">${wrong}</p>`}
        </div>`;
}

/** @param {{verdict: import('../server/extensions.js').SchemaVerdict}} props */
export function Verdict({verdict}) {
    if (verdict.enforced) {
        return html`<p class="notice fine">Enforced whole, token by token.</p>`;
    }
    return html`
        <div class="notice bad">Refused, because of
            <ul class="faults">${verdict.refused.map((each) => html`<li><code>${each.pointer || '(the whole schema)'}</code> ${each.reason}</li>`)}</ul>
        </div>`;
}
