// The current conversation and the request made from it.
import {batch, computed, effect, signal} from '../vendor/ui.js';
import {equal, emptyTree, freshId, path, sendable, withMessages} from './tree.js';
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

/** Something to tell the user that went wrong beside a request; empty where nothing did. */
export const notice = signal('');

export const shownPath = computed(() => path(tree.value));

/**
 * The messages of the current request: the shown path with the text being typed. Without such text, the messages that
 * the last answer replied to.
 */
export const messages = computed(() => {
    const all = sendable(shownPath.value);
    if (draft.value.trim()) {
        return [...all, {role: 'user', content: draft.value}];
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
    return draft.value.trim() !== '' || isAsking(shownPath.value.map((node) => node.message));
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
        draft.value = '';
    });
}

/** @param {Conversation} conversation */
export function open(conversation) {
    leave();
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
