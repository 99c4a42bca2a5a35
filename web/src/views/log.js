// The request log: the latest requests of every client with this key.
import {html, useEffect, useSignal} from '../vendor/ui.js';
import {describe} from '../server/connection.js';
import {loggedRequest} from '../server/extensions.js';
import {entries, follow, keepsBodies, live, logError, refresh} from '../state/log.js';
import {begin, takeRequest} from '../state/session.js';
import {duration, number} from './controls.js';
import {page} from './navigation.js';

/** @typedef {import('../state/log.js').LoggedRequest} LoggedRequest */

export function Log() {
    const chosen = useSignal('');
    useEffect(() => {
        const abort = new AbortController();
        void follow(abort.signal);
        return () => abort.abort();
    }, []);
    return html`
        <div class="page"><div class="inner stack">
            <div class="row">
                <h2>Requests with this key, from any client</h2>
                <span class=${`tag ${live.value ? 'fine' : ''}`} role="status">${live.value ? 'live' : 'not connected'}</span>
                <span class="grow"></span>
                <button type="button" onClick=${refresh}>Refresh</button>
            </div>
            ${logError.value && html`<p class="notice bad" role="alert">${logError.value}</p>`}
            <p class="muted small">${keepsBodies.value
                ? 'This server keeps requests and answers in memory, as its operator asked for. A key sees its own only.'
                : 'What was asked and answered is not kept. The operator can turn that on: serve --log-bodies 16.'}</p>
            <div class="scroll-x card">
                <table class="log">
                    <caption class="visually-hidden">Latest requests</caption>
                    <thead><tr><th scope="col">Time</th><th scope="col">Status</th><th scope="col">Model</th><th scope="col">Prompt</th><th scope="col">Answer</th>
                        <th scope="col">First token</th><th scope="col">Total</th><th scope="col">Tokens/s</th><th scope="col">Client</th><th scope="col"><span class="visually-hidden">Actions</span></th></tr></thead>
                    <tbody>
                        ${entries.value.map((each) => html`<${Entry} key=${each.id} each=${each} open=${chosen.value === each.id}
                            toggle=${() => { chosen.value = chosen.value === each.id ? '' : each.id; }} />`)}
                    </tbody>
                </table>
                ${entries.value.length === 0 && html`<p class="muted">No requests yet.</p>`}
            </div>
        </div></div>`;
}

/** @param {LoggedRequest} each */
function status(each) {
    return each.state === 'running' ? 'running' : each.state === 'left' ? 'client left' : String(each.status ?? '');
}

/** @param {{each: LoggedRequest, open: boolean, toggle: () => void}} props */
function Entry({each, open, toggle}) {
    const kind = each.state === 'running' ? 'busy' : each.error || each.state === 'left' ? 'bad' : 'fine';
    return html`
        <tr>
            <td>${new Date(each.created_ms).toLocaleTimeString()}</td>
            <td><span class=${`tag ${kind}`}>${status(each)}</span></td>
            <td>${each.model ?? ''}</td>
            <td>${each.metrics ? `${number(each.metrics.prompt_tokens)}${each.metrics.cached_tokens ? ` (${number(each.metrics.cached_tokens)} cached)` : ''}` : ''}</td>
            <td>${each.metrics ? number(each.metrics.completion_tokens) : ''}</td>
            <td>${duration(each.metrics?.first_token_ms)}</td>
            <td>${duration(each.total_ms)}</td>
            <td>${number(each.metrics?.tokens_per_second)}</td>
            <td title=${each.client}>${each.client === navigator.userAgent.slice(0, 200) ? 'this browser' : each.client.slice(0, 40)}</td>
            <td><button type="button" class="quiet" aria-expanded=${open} aria-label=${`Details of the request at ${new Date(each.created_ms).toLocaleTimeString()}`} onClick=${toggle}>Details</button></td>
        </tr>
        ${open && html`<tr><td colSpan="10"><${Details} each=${each} /></td></tr>`}`;
}

/** @param {{each: LoggedRequest}} props */
function Details({each}) {
    const said = useSignal('');
    const openIt = async () => {
        try {
            const whole = await loggedRequest(each.id);
            if (!whole.request?.messages) {
                said.value = 'Its body is not kept, or it is not a chat.';
                return;
            }
            begin();
            const {messages, ...parameters} = whole.request;
            const answer = whole.answer?.choices?.[0]?.message;
            const {tool_calls: calls, ...message} = answer ?? {};
            takeRequest({...parameters, messages: answer ? [...messages, calls ? {...message, tool_calls: calls} : message] : messages});
            page.value = 'chat';
        } catch (error) {
            said.value = describe(error).message;
        }
    };
    return html`
        <dl class="facts">
            <dt>Request</dt><dd class="mono">${each.id}</dd>
            <dt>Path</dt><dd class="mono">${each.path}</dd>
            ${each.error && html`<dt>Error</dt><dd class="error">${each.error.status} ${each.error.type}: ${each.error.message}</dd>`}
            <dt>Ended by</dt><dd>${each.finish_reasons.join(', ') || '–'}</dd>
            <dt>Seed</dt><dd class="mono">${each.random_seed ?? '–'}</dd>
            <dt>In the queue</dt><dd>${duration(each.metrics?.queue_ms)}</dd>
            <dt>Drafts</dt><dd>${each.metrics ? `${number(each.metrics.accepted_drafts)} accepted, ${number(each.metrics.rejected_drafts)} rejected` : '–'}</dd>
            <dt>Streamed</dt><dd>${each.stream === null ? '–' : each.stream ? 'yes' : 'no'}</dd>
        </dl>
        <div class="row">
            <button type="button" disabled=${!each.has_bodies} onClick=${openIt}>Open in the chat</button>
            <span class="muted small" role="status">${said.value}</span>
        </div>`;
}
