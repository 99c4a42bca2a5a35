// Conversations in the browser's own database. The key is never stored there.
import {readTree} from './tree.js';

/**
 * @typedef {object} Conversation
 * @property {string} id
 * @property {string} title
 * @property {number} changed in milliseconds since 1970
 * @property {Record<string, unknown>} parameters of the request, without its messages
 * @property {import('./tree.js').Tree} tree
 */

/** @typedef {Pick<Conversation, 'id'|'title'|'changed'>} Summary */

const DATABASE = 'tramontane';
const WHOLE = 'conversations';
const SUMMARIES = 'summaries';

/** @returns {Promise<IDBDatabase>} */
function open() {
    return new Promise((resolve, reject) => {
        const request = indexedDB.open(DATABASE, 1);
        request.onupgradeneeded = () => {
            request.result.createObjectStore(WHOLE, {keyPath: 'id'});
            request.result.createObjectStore(SUMMARIES, {keyPath: 'id'});
        };
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(whole: IDBObjectStore, summaries: IDBObjectStore) => IDBRequest<T>} work
 * @returns {Promise<T>} what the request found, once all of the transaction is stored
 */
async function inStore(mode, work) {
    const database = await open();
    try {
        return await new Promise((resolve, reject) => {
            const transaction = database.transaction([WHOLE, SUMMARIES], mode);
            const request = work(transaction.objectStore(WHOLE), transaction.objectStore(SUMMARIES));
            transaction.oncomplete = () => resolve(request.result);
            transaction.onerror = () => reject(transaction.error);
            transaction.onabort = () => reject(transaction.error);
        });
    } finally {
        database.close();
    }
}

/** @returns {Promise<Summary[]>} the latest first */
export async function stored() {
    /** @type {Summary[]} */
    const all = await inStore('readonly', (_, summaries) => summaries.getAll());
    return all.sort((a, b) => b.changed - a.changed);
}

/**
 * @param {string} id
 * @returns {Promise<Conversation|undefined>}
 */
export function read(id) {
    return inStore('readonly', (whole) => whole.get(id));
}

/** @param {Conversation} conversation */
export async function store(conversation) {
    const {id, title, changed} = conversation;
    await inStore('readwrite', (whole, summaries) => {
        whole.put(conversation);
        return summaries.put({id, title, changed});
    });
}

/** @param {string} id */
export async function forget(id) {
    await inStore('readwrite', (whole, summaries) => {
        whole.delete(id);
        return summaries.delete(id);
    });
}

/**
 * A conversation as a file.
 * @param {Conversation} conversation
 * @returns {string}
 */
export function exported(conversation) {
    return JSON.stringify({format: 'tramontane-conversation', version: 1, ...conversation}, null, 2);
}

/**
 * Reads a file made by `exported`; refuses anything else.
 * @param {string} text
 * @returns {Omit<Conversation, 'id'|'changed'>}
 */
export function imported(text) {
    const value = JSON.parse(text);
    if (value?.format !== 'tramontane-conversation' || value.version !== 1) {
        throw new Error('this is not an exported conversation');
    }
    const parameters = value.parameters;
    return {
        title: String(value.title ?? ''),
        parameters: typeof parameters === 'object' && parameters !== null && !Array.isArray(parameters) ? parameters : {},
        tree: readTree(value.tree),
    };
}
