// The current conversation and the request made from it.
import {batch, computed, effect, signal} from '../vendor/ui.js';
import {equal, emptyTree, freshId, path, sendable, textOf, withMessages} from './tree.js';
import {addressOf, contentOf, partsOf} from './images.js';
import {forget, imported, read, store, stored} from './storage.js';
import {models} from './models.js';

/** @typedef {import('./tree.js').Tree} Tree */
/** @typedef {import('./storage.js').Conversation} Conversation */

/** @type {import('../vendor/ui.js').Signal<Tree>} */
export const tree = signal(emptyTree());

/**
 * The request without `messages` and `stream`; it has no unset parameters.
 * @type {import('../vendor/ui.js').Signal<Record<string, any>>}
 */
export const parameters = signal({});

export const conversationId = signal(freshId());

/** @type {import('../vendor/ui.js').Signal<import('./storage.js').Summary[]>} */
export const conversations = signal([]);

/** What the user is typing, which is part of the request shown. */
export const draft = signal('');

/**
 * The images of the message that is being written.
 * @type {import('../vendor/ui.js').Signal<import('./images.js').Attachment[]>}
 */
export const attachments = signal([]);

/** The message that is being written; null where there is none yet. */
export const typed = computed(() => {
    const chunks = attachments.value.map((each) => each.chunk);
    return draft.value.trim() || chunks.length > 0 ? {role: 'user', content: contentOf(draft.value, chunks)} : null;
});

/** Something to tell the user that went wrong beside a request; empty where nothing did. */
export const notice = signal('');

export const shownPath = computed(() => path(tree.value));

/**
 * The messages of the current request: the shown path with the text being typed. Without such text, the messages that
 * the last answer replied to.
 */
export const messages = computed(() => {
    const all = sendable(shownPath.value);
    if (typed.value) {
        return [...all, typed.value];
    }
    const asked = shownPath.value.at(-1)?.facts?.request.messages;
    if (Array.isArray(asked)) {
        return asked;
    }
    while (all.at(-1)?.role === 'assistant' && !all.at(-1)?.prefix) {
        all.pop();
    }
    return all;
});

/** All messages of the shown path, answers and all. */
export const said = computed(() => sendable(shownPath.value));

/**
 * Whether a model can answer the last message.
 * @param {any[]} given
 */
export function isAsking(given) {
    const last = given.at(-1);
    return last?.role === 'user' || last?.role === 'tool' || last?.prefix === true;
}

/** Whether an answer can be asked for. */
export const canSend = computed(() => {
    return typed.value !== null || isAsking(shownPath.value.map((node) => node.message));
});

/** The request as JSON shows it and as code exports it. */
export const request = computed(() => /** @type {Record<string, any>} */ (asked()));

function asked() {
    const {model, ...others} = parameters.value;
    return {model: model ?? '', messages: messages.value, ...others};
}

/**
 * @param {string} name
 * @param {any} value undefined leaves it out
 */
export function setParameter(name, value) {
    const next = {...parameters.value};
    if (value === undefined) {
        delete next[name];
    } else {
        next[name] = value;
    }
    parameters.value = next;
}

/**
 * Takes a request that was edited as JSON: the path gets its messages, as a branch where they differ.
 * @param {Record<string, any>} edited
 */
export function takeRequest(edited) {
    const {messages: given, stream: _, ...others} = edited;
    batch(() => {
        if (!equal(others, parameters.value)) {
            parameters.value = others;
        }
        if (Array.isArray(given) && !equal(given, messages.value)) {
            const last = given[given.length - 1];
            const parts = last?.role === 'user' && Object.keys(last).length === 2 ? partsOf(last.content) : null;
            draft.value = parts?.text ?? '';
            attachments.value = (parts?.chunks ?? []).map(attachment);
            tree.value = withMessages(tree.value, (parts ? given.slice(0, -1) : given).filter(isMessage));
        }
    });
}

/**
 * A chunk as an image of the message that is being written, with the name that it had.
 * @param {import('./images.js').ImageChunk} chunk
 * @returns {import('./images.js').Attachment}
 */
export function attachment(chunk) {
    const known = attachments.value.find((each) => addressOf(each.chunk) === addressOf(chunk));
    return {id: known?.id ?? freshId(), name: known?.name ?? '', chunk};
}

/** Takes back what is being written. */
export function clearTyped() {
    draft.value = '';
    attachments.value = [];
}

/** @param {any} value */
export function isMessage(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Work to be done before another conversation is shown. */
/** @type {(() => void)[]} */
const lastSteps = [];

/** @param {() => void} step */
export function beforeLeaving(step) {
    lastSteps.push(step);
}

function leave() {
    lastSteps.forEach((step) => step());
}

/** Begins a new conversation with the same parameters. */
export function begin() {
    leave();
    batch(() => {
        tree.value = emptyTree();
        conversationId.value = freshId();
        clearTyped();
    });
}

/** @param {Conversation} conversation */
export function open(conversation) {
    leave();
    batch(() => {
        conversationId.value = conversation.id;
        parameters.value = {...conversation.parameters, model: conversation.parameters.model ?? parameters.value.model};
        tree.value = conversation.tree;
        clearTyped();
    });
}

/** @param {string} id of a stored conversation */
export async function openStored(id) {
    const conversation = await read(id);
    if (conversation) {
        open(conversation);
    }
}

/** @param {string} text of a file */
export function importConversation(text) {
    open({...imported(text), id: freshId(), changed: Date.now()});
}

/** @returns {Conversation} */
export function current() {
    const first = shownPath.value.find((node) => node.message.role === 'user');
    const title = (first && (textOf(first.message) || 'Images')) ?? 'Conversation';
    const {...kept} = parameters.value;
    return {id: conversationId.value, title: title.slice(0, 60), changed: Date.now(), parameters: kept, tree: tree.value};
}

/** @param {string} id */
export async function deleteConversation(id) {
    if (id === conversationId.value) {
        // Nothing of it is left to be stored once more.
        tree.value = emptyTree();
        begin();
    }
    await forget(id);
    conversations.value = await stored();
}

/** Reads what is stored, and stores every change shortly after it. */
export async function keepConversations() {
    try {
        conversations.value = await stored();
    } catch (error) {
        notice.value = `Conversations cannot be stored in this browser: ${error}`;
        return;
    }
    let timer = 0;
    // A page or conversation that is left within that moment keeps its latest change, too.
    beforeLeaving(() => {
        if (timer) {
            clearTimeout(timer);
            timer = 0;
            void keep();
        }
    });
    window.addEventListener('pagehide', leave);
    effect(() => {
        const due = Object.keys(tree.value.nodes).length > 0;
        void parameters.value;
        clearTimeout(timer);
        timer = due ? window.setTimeout(() => { timer = 0; void keep(); }, 400) : 0;
    });
}

/** What the last attempt to store the conversation failed with. */
let untold = '';

async function keep() {
    const conversation = current();
    try {
        await store(conversation);
        conversations.value = await stored();
        notice.value = notice.value === untold ? '' : notice.value;
    } catch (error) {
        untold = notStored(conversation.title, error);
        notice.value = untold;
    }
}

/**
 * @param {string} title
 * @param {unknown} error
 */
function notStored(title, error) {
    const full = error instanceof DOMException && error.name === 'QuotaExceededError';
    const why = full ? 'the storage of this browser for this page is full' : error instanceof Error ? error.message : String(error);
    return `The conversation “${title}” is not stored since its last change: ${why}. Export it before you leave it, or delete others to make room.`;
}

/** The first served model, until another one is chosen. */
effect(() => {
    if (!parameters.value.model && models.value.length > 0) {
        parameters.value = {model: models.value[0].id, ...parameters.value};
    }
});
