// The tokens of an answer, shaded by their probability, with the alternatives to each.
import {html, useRef, useState} from '../vendor/ui.js';
import {branchFrom} from '../state/chat.js';

const STEP = 2000;

/** Lower bounds of the shades, in per cent. */
const SHADES = [0, 10, 30, 50, 80, 95];

/** @param {number} logprob */
function shade(logprob) {
    const percent = 100 * Math.exp(logprob);
    return SHADES.findLastIndex((bound) => percent >= bound);
}

/** @param {number} logprob */
function percent(logprob) {
    const value = 100 * Math.exp(logprob);
    return `${value >= 10 ? value.toFixed(1) : value.toPrecision(2)} %`;
}

/**
 * The text of tokens; a character may be spread over several tokens.
 * @param {import('../server/completions.js').ScoredToken[]} tokens
 */
function textOf(tokens) {
    return new TextDecoder().decode(new Uint8Array(tokens.flatMap((token) => token.bytes ?? [])));
}

/** @param {{node: import('../state/tree.js').Node}} props */
export function TokenView({node}) {
    const tokens = node.facts?.tokens ?? [];
    const [chosen, choose] = useState(0);
    const [shown, setShown] = useState(STEP);
    const list = useRef(/** @type {HTMLElement|null} */ (null));
    const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
        const step = {ArrowRight: 1, ArrowLeft: -1, ArrowDown: 10, ArrowUp: -10}[event.key];
        if (step) {
            event.preventDefault();
            const next = Math.max(0, Math.min(tokens.length - 1, chosen + step));
            choose(next);
            /** @type {HTMLElement|undefined} */ (list.current?.querySelectorAll('button')[next])?.focus();
        }
    };
    return html`
        <div class="legend" aria-hidden="true"><span class="muted">Probability</span>
            ${SHADES.map((bound, i) => html`<span class=${`p${i}`}>from ${bound} %</span>`)}</div>
        <div class="tokens" role="group" aria-label="Tokens by probability: arrow keys move, Enter shows alternatives" ref=${list} onKeyDown=${onKeyDown}>
            ${tokens.slice(0, shown).map((token, i) => html`
                <button key=${i} type="button" class=${`token p${shade(token.logprob)}`} tabIndex=${i === chosen ? 0 : -1} aria-pressed=${i === chosen}
                    title=${percent(token.logprob)} onClick=${() => choose(i)}>${token.token.replaceAll('\n', '↵')}</button>${token.token.includes('\n') && html`<br />`}`)}
        </div>
        ${shown < tokens.length && html`<button type="button" onClick=${() => setShown(shown + STEP)}>Show ${Math.min(STEP, tokens.length - shown)} more of ${tokens.length}</button>`}
        <${Alternatives} node=${node} index=${Math.min(chosen, tokens.length - 1)} />`;
}

/** @param {{node: import('../state/tree.js').Node, index: number}} props */
function Alternatives({node, index}) {
    const tokens = node.facts?.tokens ?? [];
    const token = tokens[index];
    if (!token) {
        return null;
    }
    const others = (token.top_logprobs ?? []).filter((each) => each.token_id !== token.token_id);
    const before = `${prefixOf(node)}${textOf(tokens.slice(0, index))}`;
    return html`
        <div class="alternatives scroll-x" role="region" aria-label="Alternatives" tabIndex="0">
            <table>
                <caption class="visually-hidden">Token ${index + 1} and its alternatives</caption>
                <thead><tr><th scope="col">Token ${index + 1} of ${tokens.length}</th><th scope="col">Id</th><th scope="col">Probability</th><th scope="col"><span class="visually-hidden">Actions</span></th></tr></thead>
                <tbody>
                    ${[token, ...others].map((each, i) => html`
                        <tr key=${each.token_id}>
                            <td>${JSON.stringify(each.token)}</td>
                            <td>${each.token_id}</td>
                            <td><meter min="0" max="1" value=${Math.exp(each.logprob)} aria-label="Probability"></meter> ${percent(each.logprob)}</td>
                            <td>${i === 0 ? html`<span class="tag">taken</span>` : html`
                                <button type="button" class="quiet" onClick=${() => branchFrom(node, before + textOf([each]))}>Branch here</button>`}</td>
                        </tr>`)}
                </tbody>
            </table>
            ${others.length === 0 && html`<p class="muted small">Set top_logprobs to see alternatives.</p>`}
        </div>`;
}

/**
 * The beginning of the answer that the request supplied; it has no tokens of its own.
 * @param {import('../state/tree.js').Node} node
 */
function prefixOf(node) {
    const messages = /** @type {any[]} */ (node.facts?.request.messages ?? []);
    const last = messages[messages.length - 1];
    return last?.prefix && typeof last.content === 'string' ? last.content : '';
}
