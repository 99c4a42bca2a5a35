// Conversations in the browser's own database. The key is never stored there. Each image is stored once, however many
// messages and requests of its conversation have it.
import {isLongUrl, withStrings} from './images.js';
import {readTree} from './tree.js';

/**
 * @typedef {object} Conversation
 * @property {string} id
 * @property {string} title
 * @property {number} changed in milliseconds since 1970
 * @property {Record<string, unknown>} parameters of the request, without its messages
 * @property {import('./tree.js').Tree} tree
 */

/** @typedef {Pick<Conversation, 'id'|'title'|'changed'> & {imageCharacters?: number}} Summary */
/** @typedef {Conversation & {images?: string[]}} Packed with the position of an image in the place of its address */

/** Characters of images in all stored conversations. */
const MAX_IMAGE_CHARACTERS = 256 * 1024 * 1024;

/** The only field of what stands in the place of an address. */
const IMAGE = 'tramontane:image';

const DATABASE = 'tramontane';
const WHOLE = 'conversations';
const SUMMARIES = 'summaries';

/**
 * @param {Conversation} conversation
 * @returns {Packed}
 */
function packed(conversation) {
    /** @type {Map<string, number>} */
    const places = new Map();
    const change = (/** @type {string} */ text) => {
        if (!isLongUrl(text)) {
            return text;
        }
        const place = places.get(text) ?? places.size;
        places.set(text, place);
        return {[IMAGE]: place};
    };
    const tree = withStrings(conversation.tree, change);
    return places.size > 0 ? {...conversation, tree, images: [...places.keys()]} : conversation;
}

/**
 * @param {any} value
 * @param {string[]} images
 * @returns {any}
 */
function unpacked(value, images) {
    if (typeof value !== 'object' || value === null || images.length === 0) {
        return value;
    }
    const entries = Object.entries(value);
    if (entries.length === 1 && entries[0][0] === IMAGE && Number.isInteger(entries[0][1])) {
        return images[entries[0][1]] ?? value;
    }
    const read = entries.map(([name, each]) => /** @type {[string, any]} */ ([name, unpacked(each, images)]));
    return Array.isArray(value) ? read.map(([, each]) => each) : Object.fromEntries(read);
}

/** @param {any} images */
function readImages(images) {
    return Array.isArray(images) && images.every((each) => typeof each === 'string') ? images : [];
}

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
export async function read(id) {
    /** @type {Packed|undefined} */
    const found = await inStore('readonly', (whole) => whole.get(id));
    if (!found) {
        return undefined;
    }
    const {images, ...conversation} = found;
    return {...conversation, tree: unpacked(conversation.tree, readImages(images))};
}

/**
 * @param {Conversation} conversation
 * @throws an error if its images would exceed the limit, or the browser has no room
 */
export async function store(conversation) {
    const {id, title, changed} = conversation;
    const whole = packed(conversation);
    const imageCharacters = (whole.images ?? []).reduce((sum, image) => sum + image.length, 0);
    if (imageCharacters > 0) {
        const others = (await stored()).filter((each) => each.id !== id).reduce((sum, each) => sum + (each.imageCharacters ?? 0), 0);
        if (others + imageCharacters > MAX_IMAGE_CHARACTERS) {
            throw new Error(`the images of all conversations would take more than ${MAX_IMAGE_CHARACTERS / 1024 / 1024} MiB`);
        }
    }
    await inStore('readwrite', (conversations, summaries) => {
        conversations.put(whole);
        return summaries.put({id, title, changed, imageCharacters});
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
    const whole = packed(conversation);
    return JSON.stringify({format: 'tramontane-conversation', version: whole.images ? 2 : 1, ...whole}, null, 2);
}

/**
 * Reads a file made by `exported`; refuses anything else.
 * @param {string} text
 * @returns {Omit<Conversation, 'id'|'changed'>}
 */
export function imported(text) {
    const value = JSON.parse(text);
    if (value?.format !== 'tramontane-conversation' || ![1, 2].includes(value.version)) {
        throw new Error('this is not an exported conversation');
    }
    const parameters = value.parameters;
    return {
        title: String(value.title ?? ''),
        parameters: typeof parameters === 'object' && parameters !== null && !Array.isArray(parameters) ? parameters : {},
        tree: readTree(value.version === 2 ? unpacked(value.tree, readImages(value.images)) : value.tree),
    };
}
