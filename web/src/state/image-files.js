// Files that become images of a message, checked before they are sent. The bytes decide, not the name.
import {addressOf} from './images.js';

/** @typedef {import('../server/extensions.js').ImageRules} ImageRules */

/** Bytes at the beginning that say what a file is. */
const HEAD_BYTES = 1 << 18;

/** The first bytes of the formats that browsers show. */
/** @type {[string, (head: string) => boolean][]} */
const FORMATS = [
    ['image/png', (head) => head.startsWith('\x89PNG\r\n\x1a\n')],
    ['image/jpeg', (head) => head.startsWith('\xff\xd8\xff')],
    ['image/gif', (head) => head.startsWith('GIF87a') || head.startsWith('GIF89a')],
    ['image/webp', (head) => head.startsWith('RIFF') && head.startsWith('WEBP', 8)],
];

/** A data URL that may be an image of the page: of a format in which nothing runs. */
const SHOWN = /^data:image\/(png|jpeg|gif|webp);base64,/;

/**
 * Whether the page shows an image. What lies elsewhere is never loaded.
 * @param {string} url
 */
export function isShown(url) {
    return SHOWN.test(url.slice(0, 40));
}

/** @param {number} bytes */
export function inMiB(bytes) {
    return `${Math.round(bytes / 1024 / 1024 * 10) / 10} MiB`;
}

/**
 * What may be attached, for people.
 * @param {ImageRules} rules
 */
export function told(rules) {
    const names = rules.media_types.map(formatName);
    return `${names.slice(0, -1).join(', ')} or ${names.at(-1)}; at most ${rules.images} in a conversation, ${inMiB(rules.bytes)} each, and ${inMiB(rules.body_bytes)} for the whole request.`;
}

/** @param {string} type */
function formatName(type) {
    const name = type.replace('image/', '');
    return name === 'webp' ? 'WebP' : name.toUpperCase();
}

/**
 * Reads a file as a data URL.
 * @param {File} file
 * @param {ImageRules|null} rules
 * @returns {Promise<string>}
 * @throws an error that says why it is not taken
 */
export async function readImage(file, rules) {
    const head = new Uint8Array(await file.slice(0, HEAD_BYTES).arrayBuffer());
    const type = formatOf(head);
    const types = rules?.media_types ?? FORMATS.map(([each]) => each);
    if (!types.includes(type)) {
        throw new Error(`${named(file)} is not an image in one of these formats: ${types.map(formatName).join(', ')}.`);
    }
    if (rules && file.size > rules.bytes) {
        throw new Error(`${named(file)} has ${counted(file.size)} bytes; the server takes ${counted(rules.bytes)}. Make it smaller first: it is never changed here.`);
    }
    const size = sizeOf(type, new DataView(head.buffer));
    if (rules && size && (size.width > rules.side || size.height > rules.side || size.width * size.height > rules.pixels)) {
        throw new Error(`${named(file)} has ${size.width} x ${size.height} pixels; the server takes ${counted(rules.pixels)} in all and ${counted(rules.side)} on a side. Make it smaller first: it is never changed here.`);
    }
    return dataUrl(new Blob([file], {type}));
}

/** @param {number} value */
function counted(value) {
    return value.toLocaleString('en');
}

/** @param {File} file */
function named(file) {
    return file.name ? `“${file.name}”` : 'This file';
}

/**
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
function dataUrl(blob) {
    return new Promise((resolve, reject) => {
        const reader = new FileReader();
        reader.onload = () => resolve(String(reader.result));
        reader.onerror = () => reject(reader.error);
        reader.readAsDataURL(blob);
    });
}

/**
 * @param {Uint8Array} head
 * @returns {string} a media type, empty for any other file
 */
function formatOf(head) {
    const text = String.fromCharCode(...head.subarray(0, 16));
    return FORMATS.find(([, begins]) => begins(text))?.[0] ?? '';
}

/**
 * The size that a header says, so that nothing large is decoded to learn it.
 * @param {string} type
 * @param {DataView} head
 * @returns {{width: number, height: number}|null} null where it is not in these bytes
 */
function sizeOf(type, head) {
    try {
        switch (type) {
            case 'image/png':
                return {width: head.getUint32(16), height: head.getUint32(20)};
            case 'image/gif':
                return {width: head.getUint16(6, true), height: head.getUint16(8, true)};
            case 'image/jpeg':
                return sizeOfJpeg(head);
            default:
                return sizeOfWebp(head);
        }
    } catch (error) {
        if (error instanceof RangeError) {
            return null; // The server says what is wrong with it.
        }
        throw error;
    }
}

/** @param {DataView} head */
function sizeOfJpeg(head) {
    for (let at = 2; ;) {
        const marker = head.getUint8(at + 1);
        // Frame headers, without the tables that have markers among them.
        if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) {
            return {width: head.getUint16(at + 7), height: head.getUint16(at + 5)};
        }
        at += marker === 0xff ? 1 : 2 + head.getUint16(at + 2);
    }
}

/** @param {DataView} head */
function sizeOfWebp(head) {
    switch (String.fromCharCode(head.getUint8(15))) {
        case 'X':
            return {width: 1 + threeBytes(head, 24), height: 1 + threeBytes(head, 27)};
        case 'L': {
            const bits = head.getUint32(21, true);
            return {width: 1 + (bits & 0x3fff), height: 1 + (bits >>> 14 & 0x3fff)};
        }
        default:
            return {width: head.getUint16(26, true) & 0x3fff, height: head.getUint16(28, true) & 0x3fff};
    }
}

/**
 * @param {DataView} head
 * @param {number} at
 */
function threeBytes(head, at) {
    return head.getUint16(at, true) + (head.getUint8(at + 2) << 16);
}

/**
 * Why an address is not taken; empty where it is.
 * @param {string} url
 * @param {string[]} hosts from which the server fetches
 */
export function refusedAddress(url, hosts) {
    let address;
    try {
        address = new URL(url);
    } catch {
        return 'This is not an address.';
    }
    if (address.protocol !== 'https:') {
        return 'The server fetches images over https only.';
    }
    const host = `${address.hostname}:${address.port || '443'}`;
    return hosts.includes(host) ? '' : `The server fetches no images from ${host}, only from ${hosts.join(', ')}.`;
}

/**
 * Why these images cannot be sent together; empty where they can.
 * @param {any[]} chunks
 * @param {ImageRules} rules
 */
export function tooMuch(chunks, rules) {
    if (chunks.length > rules.images) {
        return `A request may have ${rules.images} images, this one would have ${chunks.length}.`;
    }
    const bytes = chunks.reduce((sum, chunk) => sum + addressOf(chunk).length, 0);
    return bytes > rules.body_bytes
        ? `The images of this request would have ${inMiB(bytes)} as text; the server takes ${inMiB(rules.body_bytes)} for a whole request.`
        : '';
}
