// Answers of the model: one, or several in columns.
import {html, useState} from '../vendor/ui.js';
import {tree} from '../state/session.js';
import {regenerate, replay, running} from '../state/chat.js';
import {describe} from '../server/connection.js';
import {textOf, thoughtsOf} from '../state/tree.js';
import {AnswerText} from './answer-text.js';
import {CallCards} from './calls.js';
import {CopyButton, duration, LongText, number, RefusalNotice, Waiting} from './controls.js';
import {DeleteButton} from './message.js';
import {TokenView} from './tokens.js';
import {openPanel} from './navigation.js';

/** @typedef {import('../state/tree.js').Node} Node */

/** @param {{node: Node, startEditing: () => void}} props */
export function AnswerColumns({node, startEditing}) {
    const group = Object.values(tree.value.nodes).filter((each) => each.group === node.group && each.parent === node.parent);
    if (group.length < 2) {
        return html`<${Answer} node=${node} several=${false} startEditing=${startEditing} />`;
    }
    return html`
        <div class="columns">
            ${group.map((each, i) => html`
                <div key=${each.id} class=${`answer ${each.id === node.id ? 'chosen' : ''}`} role="group" aria-label=${`Answer ${i + 1} of ${group.length}`}>
                    <div class="row spread">
                        <span class="tag">${i + 1} of ${group.length}</span>
                        ${each.id === node.id
                            ? html`<span class="tag busy">goes on from this one</span>`
                            : html`<button type="button" class="quiet" onClick=${() => { tree.value = {...tree.value, leaf: each.id}; }}>Go on from this one</button>`}
                    </div>
                    <${Answer} node=${each} several startEditing=${startEditing} />
                </div>`)}
        </div>`;
}

/**
 * The message and figures of an answer, finished or not.
 * @param {Node} node
 */
function live(node) {
    const run = running.value;
    const index = run ? run.nodes.indexOf(node.id) : -1;
    if (!run || index < 0) {
        const usage = node.facts?.usage;
        return {
            busy: false, text: textOf(node.message), thinking: thoughtsOf(node.message), calls: node.message.tool_calls ?? [],
            metrics: node.facts?.metrics ?? null, wait: null, usage, reason: node.facts?.finishReason ?? '',
        };
    }
    const answer = run.answer.value;
    const choice = answer.choices[index];
    return {
        busy: !choice?.finishReason, text: choice?.text ?? '', thinking: choice?.thinking ?? '', calls: choice?.toolCalls ?? [],
        metrics: answer.metrics, wait: answer.wait, usage: answer.usage, reason: choice?.finishReason ?? '',
    };
}

/** @param {{node: Node, several: boolean, startEditing: () => void}} props */
function Answer({node, several, startEditing}) {
    const [tokens, setTokens] = useState(false);
    const now = live(node);
    const facts = node.facts;
    return html`
        <div aria-busy=${now.busy}>
            ${now.thinking && html`<${Thinking} text=${now.thinking} busy=${now.busy && !now.text} usage=${now.usage} />`}
            ${tokens && facts?.tokens.length
                ? html`<${TokenView} node=${node} />`
                : html`<${AnswerText} text=${now.text} complete=${!now.busy} />`}
            <${Waiting} wait=${now.wait} />
            ${now.busy && html`<span class="cursor" aria-hidden="true"></span>`}
            <${CallCards} node=${node} calls=${now.calls} busy=${now.busy} />
            ${facts?.error && html`<${RefusalNotice} refusal=${facts.error} />`}
            ${facts?.stopped && html`<p class="muted small">Stopped.</p>`}
            <${FactsLine} now=${now} several=${several} />
            ${!now.busy && html`<${Actions} node=${node} tokens=${tokens} setTokens=${setTokens} startEditing=${startEditing} />`}
        </div>`;
}

/** @param {{text: string, busy: boolean, usage: Record<string, any>|null|undefined}} props */
function Thinking({text, busy, usage}) {
    const counted = usage?.completion_tokens_details?.reasoning_tokens;
    return html`
        <details class="thinking">
            <summary>${busy ? 'Thinking…' : 'Thoughts'}${counted !== undefined ? ` (${number(counted)} tokens)` : ` (${number(text.length)} characters)`}</summary>
            <div class="plain"><${LongText} text=${text} /></div>
        </details>`;
}

/** @param {{now: ReturnType<typeof live>, several: boolean}} props */
function FactsLine({now, several}) {
    const metrics = now.metrics;
    if (!metrics) {
        return null;
    }
    return html`
        <div class="facts-line">
            ${now.reason && html`<span>ended by <b>${now.reason}</b></span>`}
            <span>${number(metrics.completion_tokens)} tokens${several ? ' in all' : ''}</span>
            <span>${number(metrics.tokens_per_second)} tokens/s</span>
            <span>first after ${duration(metrics.first_token_ms)}</span>
            <span>prompt ${number(metrics.prompt_tokens)}, ${number(metrics.cached_tokens)} cached</span>
            ${metrics.accepted_drafts > 0 && html`<span>${number(metrics.accepted_drafts)} drafts accepted</span>`}
        </div>`;
}

/** @param {{node: Node, tokens: boolean, setTokens: (on: boolean) => void, startEditing: () => void}} props */
function Actions({node, tokens, setTokens, startEditing}) {
    const [said, setSaid] = useState('');
    const again = async () => {
        setSaid('Asking again…');
        try {
            const found = await replay(node);
            setSaid(found.identical
                ? `Identical, with seed ${found.seed}`
                : `Token ${found.index + 1} differs with seed ${found.seed}: ${JSON.stringify(found.before)} became ${JSON.stringify(found.after)}`);
        } catch (error) {
            setSaid(describe(error).message);
        }
    };
    return html`
        <div class="actions">
            <${CopyButton} text=${() => textOf(node.message)} />
            <button type="button" class="quiet" onClick=${() => regenerate(node)}>Regenerate</button>
            <button type="button" class="quiet" onClick=${startEditing}>Edit</button>
            <button type="button" class="quiet" aria-pressed=${tokens} onClick=${() => {
                setTokens(!tokens);
                setSaid(node.facts?.tokens.length || tokens ? '' : 'This answer was asked for without logprobs. Turn on “Token probabilities” and regenerate it.');
            }}>Tokens</button>
            ${node.facts?.requestId && html`
                <button type="button" class="quiet" onClick=${again} title="Asks the same again with the same seed and compares">Replay</button>
                <button type="button" class="quiet" onClick=${() => openPanel('stream')}>Stream</button>`}
            <${DeleteButton} node=${node} />
            <span class=${`small ${said.startsWith('Identical') ? 'good' : 'muted'}`} role="status">${said}</span>
        </div>`;
}
