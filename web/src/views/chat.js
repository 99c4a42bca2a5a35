// The conversation and the field to write in.
import {html, useEffect, useLayoutEffect, useRef, useSignal} from '../vendor/ui.js';
import {
    begin, canSend, conversationId, conversations, current, deleteConversation, draft, importConversation, notice, openStored, parameters, setParameter, shownPath, tree,
} from '../state/session.js';
import {exported} from '../state/storage.js';
import {refusal, running, send, stop} from '../state/chat.js';
import {inspection} from '../state/inspection.js';
import {add, withMessages} from '../state/tree.js';
import {AttachButtons, Attachments, notTaken, takeFiles} from './attachments.js';
import {download, number, RefusalNotice, upload} from './controls.js';
import {Message} from './message.js';
import {panelOpen} from './navigation.js';
import {EnlargedPicture} from './pictures.js';

export function Chat() {
    const dragged = useSignal(false);
    const over = (/** @type {DragEvent} */ event) => {
        if (event.dataTransfer?.types.includes('Files')) {
            // Without this, the browser would open the file in the place of the page.
            event.preventDefault();
            dragged.value = true;
        }
    };
    const leave = (/** @type {DragEvent} */ event) => {
        const to = event.relatedTarget;
        if (!(to instanceof Node && /** @type {Element} */ (event.currentTarget).contains(to))) {
            dragged.value = false;
        }
    };
    const drop = (/** @type {DragEvent} */ event) => {
        dragged.value = false;
        takeFiles(event, event.dataTransfer);
    };
    return html`
        <section class=${`chat ${dragged.value ? 'dragged' : ''}`} aria-label="Conversation" onDragOver=${over} onDragLeave=${leave} onDrop=${drop}>
            <${ChatBar} />
            <${Messages} />
            <${Composer} />
            <${EnlargedPicture} />
        </section>`;
}

function ChatBar() {
    const stored = conversations.value;
    const pick = (/** @type {any} */ event) => openStored(event.target.value);
    const take = (/** @type {string} */ text) => {
        try {
            importConversation(text);
            notice.value = '';
        } catch (error) {
            notice.value = `The file cannot be imported: ${error instanceof Error ? error.message : error}`;
        }
    };
    const isStored = stored.some((each) => each.id === conversationId.value);
    return html`
        <div class="chat-bar">
            <button type="button" onClick=${begin}>New</button>
            <label><span class="visually-hidden">Stored conversations</span>
                <select value=${isStored ? conversationId.value : ''} onChange=${pick}>
                    <option value="" disabled=${isStored}>${isStored ? 'Conversations' : 'New conversation'}</option>
                    ${stored.map((each) => html`<option key=${each.id} value=${each.id}>${each.title || 'Conversation'}</option>`)}
                </select>
            </label>
            <button type="button" class="quiet" onClick=${() => download('conversation.json', 'application/json', exported(current()))}>Export</button>
            <button type="button" class="quiet" onClick=${() => upload('application/json,.json', take)}>Import</button>
            ${isStored && html`<button type="button" class="quiet" onClick=${() => deleteConversation(conversationId.value)}>Delete</button>`}
            <span class="grow"></span>
            <label class="row small"><input type="checkbox" checked=${parameters.value.logprobs === true} onChange=${(/** @type {any} */ event) => {
                setParameter('logprobs', event.target.checked || undefined);
                setParameter('top_logprobs', event.target.checked ? 5 : undefined);
            }} /> Token probabilities</label>
            <button type="button" class="side-toggle" aria-expanded=${panelOpen.value} onClick=${() => { panelOpen.value = !panelOpen.value; }}>Request</button>
        </div>
        ${notice.value && html`<p class="notice bad" role="alert">${notice.value}</p>`}`;
}

function Messages() {
    const list = useRef(/** @type {HTMLElement|null} */ (null));
    const followsEnd = useRef(true);
    const path = shownPath.value;
    useLayoutEffect(() => {
        const grown = new ResizeObserver(() => {
            if (followsEnd.current && list.current) {
                list.current.scrollTop = list.current.scrollHeight;
            }
        });
        if (list.current?.firstElementChild) {
            grown.observe(list.current.firstElementChild);
        }
        return () => grown.disconnect();
    }, []);
    useEffect(() => {
        followsEnd.current = true;
    }, [running.value, conversationId.value]);
    const onScroll = () => {
        const each = list.current;
        followsEnd.current = !each || each.scrollHeight - each.scrollTop - each.clientHeight < 60;
    };
    const columns = path.some((node) => Object.values(tree.value.nodes).filter((each) => each.group === node.group).length > 1);
    return html`
        <div class=${`messages ${columns ? 'wide' : ''}`} ref=${list} onScroll=${onScroll} tabIndex="0" role="log" aria-label="Messages" aria-live="off">
            <div class="thread">
                ${path.length === 0 && html`<${Welcome} />`}
                ${path.map((node) => html`<${Message} key=${node.id} node=${node} />`)}
                <${Announcement} />
            </div>
        </div>`;
}

/** Tells screen readers that an answer is there, not every token of it. */
function Announcement() {
    const last = shownPath.value.at(-1);
    const said = running.value ? 'The model is answering.' : last?.message.role === 'assistant' ? 'The answer is complete.' : '';
    return html`<p class="visually-hidden" role="status">${said}</p>`;
}

function Welcome() {
    const addSystem = () => { tree.value = add(tree.value, '', {role: 'system', content: 'You are a helpful assistant.'})[0]; };
    return html`
        <div class="empty">
            <h2>Test the endpoints live</h2>
            <p>Write a message below. The request as JSON, its prompt and code for it are beside the conversation.</p>
            <button type="button" onClick=${addSystem}>Begin with a system message</button>
        </div>`;
}

function Composer() {
    const go = () => {
        notTaken.value = [];
        void send();
    };
    const field = useRef(/** @type {HTMLTextAreaElement|null} */ (null));
    const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            if (canSend.value) {
                go();
            }
        } else if (event.key === 'Escape') {
            stop();
        }
    };
    const hasSystem = shownPath.value[0]?.message.role === 'system';
    const addSystem = () => {
        tree.value = withMessages(tree.value, [{role: 'system', content: 'You are a helpful assistant.'}, ...shownPath.value.map((node) => node.message)]);
    };
    return html`
        <form class="composer" onSubmit=${(/** @type {Event} */ event) => { event.preventDefault(); go(); }}>
            <div>
                <${RefusalNotice} refusal=${refusal.value} />
                <${Attachments} />
                <label><span class="visually-hidden">Message</span>
                    <textarea id="message" ref=${field} rows="2" value=${draft.value} placeholder="Ask the model something"
                        onInput=${(/** @type {any} */ event) => { draft.value = event.target.value; }} onKeyDown=${onKeyDown}
                        onPaste=${(/** @type {ClipboardEvent} */ event) => takeFiles(event, event.clipboardData)}></textarea>
                </label>
                <div class="row">
                    ${running.value
                        ? html`<button type="button" class="primary" onClick=${stop}>Stop <kbd>Esc</kbd></button>`
                        : html`<button type="submit" class="primary" disabled=${!canSend.value}>Send</button>`}
                    <${AttachButtons} />
                    ${!hasSystem && shownPath.value.length > 0 && html`<button type="button" class="quiet" onClick=${addSystem}>Add a system message</button>`}
                    <span class="grow"></span>
                    <${Room} />
                </div>
            </div>
        </form>`;
}

function Room() {
    const seen = inspection.value;
    if (!seen?.prompt) {
        return null;
    }
    return html`<span class="small muted">Prompt ${number(seen.prompt.tokens)} tokens, ${number(seen.prompt.cached_tokens)} cached · room for ${number(seen.room)}</span>`;
}
