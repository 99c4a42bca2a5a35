// The prompt as the model would read it: spans with their sources, tokens, and the cached part.
import {html, useEffect, useSignal} from '../vendor/ui.js';
import {describe} from '../server/connection.js';
import {inspect} from '../server/extensions.js';
import {inspection} from '../state/inspection.js';
import {request} from '../state/session.js';
import {number} from './controls.js';

/** @type {Record<string, string>} */
const SOURCES = {
    template: 'the chat template', message: 'a message', tools: 'the tools', safe_prompt: 'safe_prompt',
    response_format: 'response_format', prompt: 'the text before the gap', suffix: 'the text after the gap', request: 'the request',
};
const MAX_TOKENS = 4000;

export function PromptPanel() {
    const asTokens = useSignal(false);
    const seen = inspection.value;
    if (!seen?.prompt) {
        return html`<p class="muted">${seen?.error?.message ?? 'Write a message to see the prompt.'}</p>`;
    }
    const {prompt} = seen;
    const cached = prompt.cached_tokens ?? 0;
    return html`
        <div class="tiles">
            <div class="tile"><b>${number(prompt.tokens)}</b><span>prompt tokens</span></div>
            <div class="tile"><b>${number(prompt.cached_tokens)}</b><span>in the prefix cache</span></div>
            <div class="tile"><b>${number(prompt.tokens - cached)}</b><span>to compute</span></div>
            <div class="tile"><b>${number(seen.room)}</b><span>room for the answer</span></div>
        </div>
        <label class="row small"><input type="checkbox" checked=${asTokens.value} onChange=${(/** @type {any} */ event) => { asTokens.value = event.target.checked; }} /> Show tokens</label>
        ${asTokens.value ? html`<${Tokens} />` : html`<${Spans} spans=${prompt.spans} />`}`;
}

/** @param {import('../server/extensions.js').PromptSpan} span */
function source(span) {
    return `${SOURCES[span.source] ?? span.source}${span.message === undefined ? '' : ` ${span.message + 1}`}`;
}

/** @param {{spans: import('../server/extensions.js').PromptSpan[]}} props */
function Spans({spans}) {
    return html`
        <pre class="prompt" tabIndex="0" aria-label="Rendered prompt">${spans.map((span) => html`<span class=${`span ${span.source === 'prompt' ? 'prompt-part' : span.source}`} title=${`${source(span)}, ${span.tokens} tokens`}>${span.text}</span>`)}</pre>
        <details>
            <summary>Sources</summary>
            <table>
                <thead><tr><th scope="col">Source</th><th scope="col">Text</th><th scope="col">Tokens</th></tr></thead>
                <tbody>${spans.map((span) => html`<tr><td>${source(span)}</td><td class="mono">${JSON.stringify(span.text).slice(0, 60)}</td><td>${span.tokens}</td></tr>`)}</tbody>
            </table>
        </details>`;
}

function Tokens() {
    const found = useSignal(/** @type {import('../server/extensions.js').Inspection|null} */ (null));
    const error = useSignal('');
    const wanted = request.value;
    useEffect(() => {
        const abort = new AbortController();
        inspect(wanted, {tokens: true, signal: abort.signal}).then(
            (seen) => { found.value = seen; },
            (cause) => { error.value = abort.signal.aborted ? '' : describe(cause).message; });
        return () => abort.abort();
    }, [wanted]);
    const prompt = found.value?.prompt;
    if (!prompt?.token_texts) {
        return html`<p class="muted">${error.value || 'Asking the server…'}</p>`;
    }
    const cached = prompt.cached_tokens ?? 0;
    return html`
        <pre class="prompt" tabIndex="0" aria-label="Tokens of the prompt">${prompt.token_texts.slice(0, MAX_TOKENS).map((text, i) => html`<span class=${`token-box ${i < cached ? 'cached' : ''}`} title=${`${i + 1}: id ${prompt.token_ids?.[i]}${i < cached ? ', cached' : ''}`}>${text}</span>`)}</pre>
        <p class="muted small">Underlined in green: found in the prefix cache.${prompt.token_texts.length > MAX_TOKENS ? ` The first ${MAX_TOKENS} tokens are shown.` : ''}</p>`;
}
