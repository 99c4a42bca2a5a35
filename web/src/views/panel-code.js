// Programs that send the current request.
import {html, useEffect, useSignal} from '../vendor/ui.js';
import {apiKey} from '../server/connection.js';
import {CHAT, FIM} from '../server/completions.js';
import {LANGUAGES} from '../state/code/export.js';
import {gapRequest} from '../state/gap.js';
import {shortened} from '../state/images.js';
import {request} from '../state/session.js';
import {CopyButton, download, Tabs} from './controls.js';
import {load} from './markdown.js';

/**
 * The program, or the reason why there is none: fields of the wrong types.
 * @param {typeof LANGUAGES[number]} language
 * @param {boolean} gap
 * @param {Record<string, any>} asked
 */
function program(language, gap, asked) {
    try {
        return language.write({
            base: location.origin, path: gap ? FIM : CHAT, request: asked, asksKey: apiKey.value !== '',
        });
    } catch {
        return '# This request has faults, so there is no program for it. The JSON panel names them.\n';
    }
}

/** @param {{gap?: boolean}} props */
export function CodePanel({gap = false}) {
    const chosen = useSignal('curl');
    const language = LANGUAGES.find((each) => each.id === chosen.value) ?? LANGUAGES[0];
    const asked = gap ? gapRequest.value : request.value;
    // Images are shortened on the page; what is copied or downloaded has all of them.
    const short = shortened(asked);
    const code = program(language, gap, short);
    const whole = () => (short === asked ? code : program(language, gap, asked));
    return html`
        <${Tabs} label="Language" tabs=${LANGUAGES} chosen=${language.id} choose=${(/** @type {string} */ id) => { chosen.value = id; }} prefix="code" />
        <div id="code-panel" role="tabpanel" aria-labelledby=${`code-tab-${language.id}`} class="stack">
            <${Code} text=${code} language=${language.language} />
            <div class="row">
                <${CopyButton} text=${whole} quiet=${false} />
                <button type="button" onClick=${() => download(language.file, 'text/plain', whole())}>Download ${language.file}</button>
            </div>
            ${short !== asked && html`<p class="muted small">Images are shortened here. The copy and the file have all of them.</p>`}
            ${code.includes('MISTRAL_API_KEY') && html`<p class="muted small">The key is read from MISTRAL_API_KEY and is not part of the code.</p>`}
        </div>`;
}

/** @param {{text: string, language: string}} props */
export function Code({text, language}) {
    const coloured = useSignal('');
    useEffect(() => {
        let wanted = true;
        void load().then((render) => {
            if (wanted) {
                coloured.value = render.code(text, language);
            }
        });
        return () => { wanted = false; };
    }, [text, language]);
    return html`
        <div class="code"><pre tabIndex="0" aria-label="Code">${coloured.value
            ? html`<code key="c" dangerouslySetInnerHTML=${{__html: coloured.value}}></code>`
            : html`<code key="p">${text}</code>`}</pre></div>`;
}
