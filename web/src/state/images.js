// Images of messages: their chunks, and how files become them. What they may be, the server says.
import {signal} from '../vendor/ui.js';
import {imageRules} from '../server/extensions.js';

/** @typedef {import('../server/extensions.js').ImageRules} ImageRules */
/** @typedef {{type: string, image_url: string|{url: string, detail?: string}}} ImageChunk */

/**
 * An image of the message that is being written.
 * @typedef {object} Attachment
 * @property {string} id
 * @property {string} name of its file, empty where there is none
 * @property {ImageChunk} chunk as it is sent
 */

/**
 * What the server takes; null until it has said so, and nothing is checked here then.
 * @type {import('../vendor/ui.js').Signal<ImageRules|null>}
 */
export const rules = signal(null);

export async function loadRules() {
    try {
        rules.value = await imageRules();
    } catch {
        // The same request for the models fails too, and the page shows that.
        rules.value = null;
    }
}

/** Data URLs from this length on are shortened where a person reads them, and stored once. */
export const LONG_URL = 200;

/** @param {unknown} text */
export function isLongUrl(text) {
    return typeof text === 'string' && text.length >= LONG_URL && text.startsWith('data:');
}

/**
 * A value of JSON with other strings; the same object where nothing changes.
 * @param {any} value
 * @param {(text: string) => any} change
 * @returns {any}
 */
export function withStrings(value, change) {
    if (typeof value === 'string') {
        return change(value);
    }
    if (typeof value !== 'object' || value === null) {
        return value;
    }
    let same = true;
    const changed = Object.entries(value).map(([name, each]) => {
        const other = withStrings(each, change);
        same &&= other === each;
        return /** @type {[string, any]} */ ([name, other]);
    });
    if (same) {
        return value;
    }
    return Array.isArray(value) ? changed.map(([, each]) => each) : Object.fromEntries(changed);
}

/** @param {any} chunk */
export function isImage(chunk) {
    return chunk?.type === 'image_url';
}

/**
 * The address of an image.
 * @param {any} chunk
 * @returns {string}
 */
export function addressOf(chunk) {
    const given = chunk?.image_url;
    return typeof given === 'string' ? given : typeof given?.url === 'string' ? given.url : '';
}

/**
 * @param {any} chunk
 * @returns {string} `low`, `high` and so on; empty where it is left out
 */
export function detailOf(chunk) {
    return typeof chunk?.image_url?.detail === 'string' ? chunk.image_url.detail : '';
}

/**
 * @param {string} url
 * @param {string} detail empty leaves it out
 * @returns {ImageChunk}
 */
export function imageChunk(url, detail) {
    return {type: 'image_url', image_url: detail ? {url, detail} : url};
}

/**
 * The images of messages, in their order.
 * @param {any[]} messages
 * @returns {ImageChunk[]}
 */
export function imagesOf(messages) {
    return messages.flatMap((message) => (Array.isArray(message?.content) ? message.content.filter(isImage) : []));
}

/**
 * The content of a message with a text and images.
 * @param {string} text
 * @param {ImageChunk[]} chunks
 * @returns {any}
 */
export function contentOf(text, chunks) {
    return chunks.length === 0 ? text : [...(text.trim() ? [{type: 'text', text}] : []), ...chunks];
}

/**
 * The text and the images that `contentOf` makes this content from; null where it is of another form.
 * @param {any} content
 * @returns {{text: string, chunks: ImageChunk[]}|null}
 */
export function partsOf(content) {
    if (typeof content === 'string') {
        return {text: content, chunks: []};
    }
    if (!Array.isArray(content)) {
        return null;
    }
    const chunks = content.filter((each) => isImage(each) && addressOf(each) !== '');
    const text = content.length > chunks.length ? content[0]?.text : '';
    const same = typeof text === 'string' && JSON.stringify(contentOf(text, chunks)) === JSON.stringify(content);
    return same && chunks.length > 0 ? {text, chunks} : null;
}

/**
 * A message with another text in the place of its own; images and thoughts stay.
 * @param {Record<string, any>} message
 * @param {string} text
 * @param {(chunk: any) => boolean} [keeps] which chunks without text stay
 * @returns {Record<string, any>}
 */
export function withText(message, text, keeps = () => true) {
    const content = Array.isArray(message.content) ? message.content : [];
    const others = content.filter((/** @type {any} */ chunk) => isOther(chunk) && keeps(chunk));
    if (others.length === 0) {
        return {...message, content: text};
    }
    const at = content.findIndex((/** @type {any} */ chunk) => !isOther(chunk));
    const before = at < 0
        ? others.filter((/** @type {any} */ chunk) => !isImage(chunk))
        : content.slice(0, at).filter((/** @type {any} */ chunk) => others.includes(chunk));
    const after = others.filter((/** @type {any} */ chunk) => !before.includes(chunk));
    return {...message, content: [...before, ...(text.trim() || !others.some(isImage) ? [{type: 'text', text}] : []), ...after]};
}

/** @param {any} chunk */
function isOther(chunk) {
    return isImage(chunk) || chunk?.type === 'thinking';
}

/** Labels in the place of long data URLs, and back. The latest are kept. */
/** @type {Map<string, string>} */
const labels = new Map();
/** @type {Map<string, string>} */
const urls = new Map();
const MAX_LABELS = 128;
let labelled = 0;

/** @param {string} url */
function labelOf(url) {
    const known = labels.get(url);
    if (known) {
        return known;
    }
    const label = `${url.slice(0, url.indexOf(',') + 1).slice(0, 60)}… (${url.length} characters, number ${++labelled})`;
    labels.set(url, label);
    urls.set(label, url);
    if (labels.size > MAX_LABELS) {
        const [oldestUrl, oldestLabel] = /** @type {[string, string]} */ (labels.entries().next().value);
        labels.delete(oldestUrl);
        urls.delete(oldestLabel);
    }
    return label;
}

/**
 * A request as a person reads it: with a label in the place of each image's data.
 * @param {any} value
 */
export function shortened(value) {
    return withStrings(value, (text) => (isLongUrl(text) ? labelOf(text) : text));
}

/**
 * A request with the images that its labels stand for.
 * @param {any} value
 */
export function expanded(value) {
    return withStrings(value, (text) => urls.get(text) ?? text);
}

/**
 * The same for its text.
 * @param {string} text
 */
export function expandedText(text) {
    return [...urls].reduce((changed, [label, url]) => (changed.includes(label) ? changed.replaceAll(label, () => url) : changed), text);
}
