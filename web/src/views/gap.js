// Fill-in-the-middle.
import {html, useSignal} from '../vendor/ui.js';
import {acceptGap, after, before, fillGap, gapAnswer, gapBusy, gapError, stopGap} from '../state/gap.js';
import {card} from '../state/models.js';
import {parameters, setParameter} from '../state/session.js';
import {BY_NAME, parsed, shown} from '../state/parameters.js';
import {duration, LongText, number, RefusalNotice, Waiting} from './controls.js';
import {CodePanel} from './panel-code.js';

export function Gap() {
    const code = useSignal(false);
    const model = card(String(parameters.value.model ?? ''));
    const able = !model || model.capabilities.completion_fim;
    const text = gapAnswer.value.choices[0]?.text ?? '';
    const metrics = gapAnswer.value.metrics;
    const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            void fillGap();
        } else if (event.key === 'Escape') {
            stopGap();
        }
    };
    return html`
        <div class="page"><div class="inner stack" onKeyDown=${onKeyDown}>
            ${!able && html`<p class="notice">${model?.id} was not trained to fill gaps: the server will refuse. Serve a model such as qwen2.5-coder-0.5b.</p>`}
            <div class="gap-panes">
                <label>Before the gap (prompt)
                    <textarea spellcheck=${false} value=${before.value} onInput=${(/** @type {any} */ event) => { before.value = event.target.value; }}></textarea></label>
                <div class="gap-answer" role="region" aria-label="What the model puts into the gap" aria-busy=${gapBusy.value} tabIndex="0">${text ? html`<${LongText} text=${text} />` : html`<span class="muted">The gap</span>`}</div>
                <label>After the gap (suffix)
                    <textarea spellcheck=${false} value=${after.value} onInput=${(/** @type {any} */ event) => { after.value = event.target.value; }}></textarea></label>
            </div>
            <${Waiting} wait=${gapBusy.value ? gapAnswer.value.wait : null} />
            <${RefusalNotice} refusal=${gapError.value} />
            <div class="row">
                ${gapBusy.value
                    ? html`<button type="button" class="primary" onClick=${stopGap}>Stop <kbd>Esc</kbd></button>`
                    : html`<button type="button" class="primary" onClick=${fillGap}>Fill the gap <kbd>Ctrl Enter</kbd></button>`}
                <button type="button" disabled=${!text} onClick=${acceptGap}>Accept</button>
                ${['max_tokens', 'temperature', 'random_seed'].map((name) => {
                    const parameter = BY_NAME.get(name);
                    return parameter && html`
                        <label class="small"><span class="mono">${name}</span>
                            <input inputmode="decimal" size="8" placeholder="unset" value=${shown(parameter, parameters.value[name])}
                                onInput=${(/** @type {any} */ event) => setParameter(name, parsed(parameter, event.target.value))} /></label>`;
                })}
                <button type="button" aria-expanded=${code.value} onClick=${() => { code.value = !code.value; }}>Code</button>
            </div>
            ${metrics && html`<div class="facts-line"><span>${number(metrics.completion_tokens)} tokens</span><span>${number(metrics.tokens_per_second)} tokens/s</span><span>first after ${duration(metrics.first_token_ms)}</span></div>`}
            ${code.value && html`<${CodePanel} gap />`}
        </div></div>`;
}
