// One message of the conversation, with what can be done to it.
import {html, useRef, useSignal, useState} from '../vendor/ui.js';
import {addressOf, detailOf, imagesOf, isImage, withText} from '../state/images.js';
import {tree} from '../state/session.js';
import {branches, remove, show, textOf} from '../state/tree.js';
import {edit} from '../state/chat.js';
import {AnswerColumns} from './answers.js';
import {CopyButton} from './controls.js';
import {Picture} from './pictures.js';

/** @typedef {import('../state/tree.js').Node} Node */

const NAMES = {system: 'System', user: 'You', assistant: 'Model', tool: 'Tool result'};

/** @param {{node: Node}} props */
export function Message({node}) {
    const [editing, setEditing] = useState(false);
    const role = String(node.message.role);
    const name = NAMES[/** @type {keyof typeof NAMES} */ (role)] ?? role;
    if (editing) {
        return html`<${Editing} node=${node} name=${name} close=${() => setEditing(false)} />`;
    }
    const isAnswer = role === 'assistant';
    return html`
        <article class=${`message ${role}`} aria-label=${`${name} message`}>
            <header class="message-head">
                <span class="who">${name}</span>
                ${role === 'tool' && html`<span class="mono">${String(node.message.name ?? '')}</span>`}
                <${BranchSwitch} node=${node} />
            </header>
            ${isAnswer
                ? html`<${AnswerColumns} node=${node} startEditing=${() => setEditing(true)} />`
                : html`
                    <${Content} message=${node.message} />
                    <div class="actions">
                        <button type="button" class="quiet" onClick=${() => setEditing(true)}>Edit</button>
                        <${CopyButton} text=${() => textOf(node.message)} />
                        <${DeleteButton} node=${node} />
                    </div>`}
        </article>`;
}

/**
 * Texts and images in the order in which the model reads them.
 * @param {{message: Record<string, any>}} props
 */
function Content({message}) {
    const images = imagesOf([message]);
    if (images.length === 0) {
        return html`<div class="plain">${textOf(message)}</div>`;
    }
    const chunks = /** @type {any[]} */ (message.content);
    return html`
        <div class="chunks">
            ${chunks.map((chunk) => (isImage(chunk)
                ? html`<${SentPicture} chunk=${chunk} index=${images.indexOf(chunk)} />`
                : html`<div class="plain">${textOf({content: [chunk]})}</div>`))}
        </div>`;
}

/** @param {{chunk: any, index: number}} props */
function SentPicture({chunk, index}) {
    const detail = detailOf(chunk);
    return html`
        <figure>
            <${Picture} url=${addressOf(chunk)} name=${`Image ${index + 1} of this message`} />
            ${detail && html`<figcaption class="small muted">detail ${detail}</figcaption>`}
        </figure>`;
}

/** @param {{node: Node}} props */
export function DeleteButton({node}) {
    return html`<button type="button" class="quiet" onClick=${() => { tree.value = remove(tree.value, node.id); }}
        title="Deletes this message and all below it">Delete</button>`;
}

/** @param {{node: Node}} props */
function BranchSwitch({node}) {
    const all = branches(tree.value, node);
    if (all.length < 2) {
        return null;
    }
    const at = all.findIndex((each) => each.group === node.group);
    const go = (/** @type {number} */ to) => { tree.value = show(tree.value, all[to].id); };
    return html`
        <span class="row" role="group" aria-label="Branches">
            <button type="button" class="quiet" disabled=${at === 0} aria-label="Previous branch" onClick=${() => go(at - 1)}>‹</button>
            <span>${at + 1} / ${all.length}</span>
            <button type="button" class="quiet" disabled=${at === all.length - 1} aria-label="Next branch" onClick=${() => go(at + 1)}>›</button>
        </span>`;
}

/** @param {{node: Node, name: string, close: () => void}} props */
function Editing({node, name, close}) {
    const area = useRef(/** @type {HTMLTextAreaElement|null} */ (null));
    const removed = useSignal(/** @type {any[]} */ ([]));
    const images = imagesOf([node.message]).filter((each) => !removed.value.includes(each));
    const message = () => withText(node.message, area.current?.value ?? '', (chunk) => !removed.value.includes(chunk));
    const remove = (/** @type {any} */ chunk) => {
        removed.value = [...removed.value, chunk];
        area.current?.focus();
    };
    const save = (/** @type {boolean} */ ask) => {
        close();
        void edit(node, message(), ask);
    };
    const answerable = node.message.role === 'user' || node.message.role === 'tool';
    const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Escape') {
            close();
        } else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            save(answerable);
        }
    };
    return html`
        <article class="message user" aria-label=${`Editing: ${name}`}>
            <label>Edit ${name.toLowerCase()} message
                <textarea ref=${(/** @type {HTMLTextAreaElement|null} */ each) => { if (each && !area.current) { each.focus(); } area.current = each; }}
                    rows="4" defaultValue=${textOf(node.message)} onKeyDown=${onKeyDown}></textarea>
            </label>
            ${images.length > 0 && html`
                <ul class="attachments" aria-label="Images of this message">
                    ${images.map((each, i) => html`
                        <li>
                            <${Picture} url=${addressOf(each)} name=${`Image ${i + 1} of this message`} />
                            <button type="button" class="quiet" aria-label=${`Remove image ${i + 1}`} onClick=${() => remove(each)}>Remove</button>
                        </li>`)}
                </ul>`}
            <div class="actions">
                ${answerable && html`<button type="button" class="primary" onClick=${() => save(true)}>Save and send</button>`}
                <button type="button" onClick=${() => save(false)}>Save as a branch</button>
                <button type="button" onClick=${close}>Cancel</button>
            </div>
        </article>`;
}
