// The conversation at hand and the request it makes.
import {batch, computed, effect, signal} from '../vendor/ui.js';
import {equal, emptyTree, freshId, path, sendable, withMessages} from './tree.js';
import {forget, imported, read, store, stored} from './storage.js';
import {models} from './models.js';

/** @typedef {import('./tree.js').Tree} Tree */
/** @typedef {import('./storage.js').Conversation} Conversation */

/** @type {import('../vendor/ui.js').Signal<Tree>} */
export const tree = signal(emptyTree());

/**
 * The request without `messages` and `stream`: what is unset is not in it.
 * @type {import('../vendor/ui.js').Signal<Record<string, any>>}
 */
export const parameters = signal({});

export const conversationId = signal(freshId());

/** @type {import('../vendor/ui.js').Signal<import('./storage.js').Summary[]>} */
export const conversations = signal([]);

/** What the user is typing, which is part of the request shown. */
export const draft = signal('');

/** Something to tell the user that went wrong beside a request; empty where nothing did. */
export const notice = signal('');

export const shownPath = computed(() => path(tree.value));

/**
 * The messages of the request at hand: the shown path with what is being typed; while nothing is, the request that the
 * last answer was the answer to.
 */
export const messages = computed(() => {
    const said = sendable(shownPath.value);
    if (draft.value.trim()) {
        return [...said, {role: 'user', content: draft.value}];
    }
    const asked = shownPath.value.at(-1)?.facts?.request.messages;
    if (Array.isArray(asked)) {
        return asked;
    }
    while (said.at(-1)?.role === 'assistant' && !said.at(-1)?.prefix) {
        said.pop();
    }
    return said;
});

/** Whether an answer can be asked for. */
export const canSend = computed(() => {
    const last = shownPath.value.at(-1)?.message;
    return draft.value.trim() !== '' || last?.role === 'user' || last?.role === 'tool' || last?.prefix === true;
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
            const typed = last?.role === 'user' && typeof last.content === 'string' && Object.keys(last).length === 2;
            draft.value = typed ? last.content : '';
            tree.value = withMessages(tree.value, (typed ? given.slice(0, -1) : given).filter(isMessage));
        }
    });
}

/** @param {any} value */
function isMessage(value) {
    return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Begins a new conversation with the same parameters. */
export function begin() {
    batch(() => {
        tree.value = emptyTree();
        conversationId.value = freshId();
        draft.value = '';
    });
}

/** @param {Conversation} conversation */
export function open(conversation) {
    batch(() => {
        conversationId.value = conversation.id;
        parameters.value = {...conversation.parameters, model: conversation.parameters.model ?? parameters.value.model};
        tree.value = conversation.tree;
        draft.value = '';
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
    const title = String(first?.message.content ?? 'Conversation').slice(0, 60);
    const {...kept} = parameters.value;
    return {id: conversationId.value, title, changed: Date.now(), parameters: kept, tree: tree.value};
}

/** @param {string} id */
export async function deleteConversation(id) {
    await forget(id);
    conversations.value = await stored();
    if (id === conversationId.value) {
        begin();
    }
}

/** Reads what is stored, and stores every change a moment after it. */
export async function keepConversations() {
    try {
        conversations.value = await stored();
    } catch (error) {
        notice.value = `Conversations cannot be stored in this browser: ${error}`;
        return;
    }
    let timer = 0;
    // A page that is left or reloaded within that moment keeps its latest change, too.
    window.addEventListener('pagehide', () => {
        if (timer) {
            clearTimeout(timer);
            void keep();
        }
    });
    effect(() => {
        const due = Object.keys(tree.value.nodes).length > 0;
        void parameters.value;
        clearTimeout(timer);
        timer = due ? window.setTimeout(() => { timer = 0; void keep(); }, 400) : 0;
    });
}

async function keep() {
    try {
        await store(current());
        conversations.value = await stored();
    } catch (error) {
        notice.value = `The conversation could not be stored: ${error}`;
    }
}

/** The first served model, until another one is chosen. */
effect(() => {
    if (!parameters.value.model && models.value.length > 0) {
        parameters.value = {model: models.value[0].id, ...parameters.value};
    }
});
