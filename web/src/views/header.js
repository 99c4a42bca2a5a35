// The top of the page: pages, the model and its card, the key, the theme.
import {html, useRef} from '../vendor/ui.js';
import {apiKey, keepsKey, keyRefused, useKey} from '../server/connection.js';
import {loadRules} from '../state/images.js';
import {card, loadModels, models, modelsError, waiting} from '../state/models.js';
import {parameters, setParameter} from '../state/session.js';
import {nextTheme} from '../state/theme.js';
import {number, Tabs} from './controls.js';
import {page, PAGES} from './navigation.js';

/** @type {Record<import('../server/extensions.js').ModelState, string>} */
const STATES = {
    loaded: 'loaded',
    loading: 'being loaded',
    unloaded: 'not loaded; the first request loads it',
    failed: 'failed',
};

/** @param {{showHelp: () => void}} props */
export function Header({showHelp}) {
    const keyDialog = useRef(/** @type {HTMLDialogElement|null} */ (null));
    const cardDialog = useRef(/** @type {HTMLDialogElement|null} */ (null));
    const chosen = String(parameters.value.model ?? '');
    const showCard = () => {
        void loadModels();
        cardDialog.current?.showModal();
    };
    const names = models.value.flatMap((model) => [model.id, ...model.aliases]);
    return html`
        <header class="top">
            <h1 class="brand"><img src="/playground/icon.svg" alt="" width="24" height="24" /><span>Tramontane</span></h1>
            <${Tabs} label="Pages" tabs=${PAGES} chosen=${page.value} choose=${(/** @type {string} */ id) => { page.value = id; }} prefix="page" />
            <div class="model">
                <label class="row"><span class="visually-hidden">Model</span>
                    <select aria-label="Model" value=${chosen} onFocus=${() => void loadModels()} onChange=${(/** @type {any} */ event) => setParameter('model', event.target.value)}>
                        ${[...new Set([...names, ...(chosen ? [chosen] : [])])].map((name) => html`<option key=${name} value=${name}>${name}${waiting(name)}</option>`)}
                    </select>
                </label>
                <button type="button" class="quiet" onClick=${showCard}>Card</button>
                <button type="button" class=${`quiet ${keyRefused.value ? 'danger' : ''}`} onClick=${() => keyDialog.current?.showModal()}>${apiKey.value ? 'Key set' : 'Key'}</button>
                <button type="button" class="quiet" aria-label="Light or dark" onClick=${nextTheme}>◐</button>
                <button type="button" class="quiet" aria-label="Help" onClick=${showHelp}>?</button>
            </div>
        </header>
        ${modelsError.value && html`<p class="notice bad" role="alert">${modelsError.value}</p>`}
        <${KeyDialog} dialog=${keyDialog} />
        <dialog ref=${cardDialog} aria-label="Model card"><${Card} name=${chosen} /><form method="dialog"><button>Close</button></form></dialog>`;
}

/** @param {{name: string}} props */
function Card({name}) {
    const model = card(name);
    if (!model) {
        return html`<p>No model is known.</p>`;
    }
    const abilities = Object.entries(model.capabilities).filter(([, able]) => able).map(([ability]) => ability);
    return html`
        <h2>${model.id}</h2>
        <dl class="facts">
            <dt>Runs as</dt><dd>${model.description ?? '–'}</dd>
            <dt>State</dt><dd>${STATES[model.state]}${model.state_reason ? `: ${model.state_reason}` : ''}</dd>
            <dt>Context</dt><dd>${number(model.max_context_length)} tokens</dd>
            <dt>Default temperature</dt><dd>${model.default_model_temperature}</dd>
            <dt>Can</dt><dd>${abilities.join(', ')}</dd>
            <dt>Also called</dt><dd>${model.aliases.join(', ') || '–'}</dd>
        </dl>`;
}

/** @param {{dialog: {current: HTMLDialogElement|null}}} props */
function KeyDialog({dialog}) {
    const save = (/** @type {SubmitEvent} */ event) => {
        const form = new FormData(/** @type {HTMLFormElement} */ (event.target));
        useKey(String(form.get('key') ?? '').trim(), form.get('keep') === 'on');
        void loadModels();
        void loadRules();
    };
    return html`
        <dialog ref=${dialog} aria-label="API key">
            <form method="dialog" class="stack" onSubmit=${save}>
                <h2>API key</h2>
                <p class="small muted">Needed where the server was started with --api-key or listens beyond this machine. It stays in this tab’s memory.</p>
                <label>Key <input name="key" type="password" autocomplete="off" defaultValue=${apiKey.value} /></label>
                <label class="row"><input name="keep" type="checkbox" defaultChecked=${keepsKey.value} /> Keep it until this tab is closed</label>
                <div class="row"><button type="submit" class="primary">Use it</button><button type="button" onClick=${() => dialog.current?.close()}>Cancel</button></div>
            </form>
        </dialog>`;
}
