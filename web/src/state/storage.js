// Conversations in the browser's own database. The key is never among what is stored.
import {readTree} from './tree.js';

/**
 * @typedef {object} Conversation
 * @property {string} id
 * @property {string} title
 * @property {number} changed in milliseconds since 1970
 * @property {Record<string, unknown>} parameters of the request, without its messages
 * @property {import('./tree.js').Tree} tree
 */

const DATABASE = 'tramontane';
const STORE = 'conversations';

/** @returns {Promise<IDBDatabase>} */
function open() {
    return new Promise((resolve, reject) => {
        const request = indexedDB.open(DATABASE, 1);
        request.onupgradeneeded = () => request.result.createObjectStore(STORE, {keyPath: 'id'});
        request.onsuccess = () => resolve(request.result);
        request.onerror = () => reject(request.error);
    });
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @returns {Promise<T>}
 */
async function inStore(mode, work) {
    const database = await open();
    try {
        return await new Promise((resolve, reject) => {
            const request = work(database.transaction(STORE, mode).objectStore(STORE));
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(request.error);
        });
    } finally {
        database.close();
    }
}

/** @returns {Promise<Conversation[]>} the latest first */
export async function stored() {
    /** @type {Conversation[]} */
    const all = await inStore('readonly', (store) => store.getAll());
    return all.sort((a, b) => b.changed - a.changed);
}

/** @param {Conversation} conversation */
export async function store(conversation) {
    await inStore('readwrite', (store) => store.put(conversation));
}

/** @param {string} id */
export async function forget(id) {
    await inStore('readwrite', (store) => store.delete(id));
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
 * Reads a file that `exported` made; whatever else it is, is refused.
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
