// The only module that talks to the server. The key stays in this module and is in no state that is stored.
import {signal} from '../vendor/ui.js';

/** @typedef {{type: string, loc: (string|number)[], msg: string, ctx?: Record<string, unknown>}} Fault */
/** @typedef {{status: number, type: string, message: string, code: string|null, param: string|null, faults: Fault[]}} Refusal */

const STORED_KEY = 'tramontane-key';

/** The API key, empty where the server asks for none. */
export const apiKey = signal(sessionStorage.getItem(STORED_KEY) ?? '');

/** Whether the key is kept in session storage, if the user asked for it. */
export const keepsKey = signal(sessionStorage.getItem(STORED_KEY) !== null);

/** Whether the server has refused the key. */
export const keyRefused = signal(false);

/**
 * @param {string} key
 * @param {boolean} keep in session storage, until the tab is closed
 */
export function useKey(key, keep) {
    apiKey.value = key;
    keepsKey.value = keep;
    keyRefused.value = false;
    if (keep && key) {
        sessionStorage.setItem(STORED_KEY, key);
    } else {
        sessionStorage.removeItem(STORED_KEY);
    }
}

/** An error response of the server. */
export class RefusedError extends Error {
    /** @param {Refusal} refusal */
    constructor(refusal) {
        super(refusal.message);
        this.refusal = refusal;
    }
}

/**
 * @param {string} path
 * @param {RequestInit} [options]
 * @returns {Promise<Response>} a response with a status of success
 */
export async function ask(path, options = {}) {
    const headers = new Headers(options.headers);
    if (apiKey.value) {
        headers.set('authorization', `Bearer ${apiKey.value}`);
    }
    const response = await fetch(path, {...options, headers, credentials: 'omit', cache: 'no-store'});
    if (response.ok) {
        keyRefused.value = false;
        return response;
    }
    if (response.status === 401) {
        keyRefused.value = true;
    }
    throw new RefusedError(await refusal(response));
}

/**
 * @param {Response} response
 * @returns {Promise<Refusal>}
 */
async function refusal(response) {
    const text = await response.text();
    try {
        const body = JSON.parse(text);
        return {
            status: response.status,
            type: String(body.type ?? ''),
            message: response.status === 401
                ? 'This server asks for a key. Enter it with the key button at the top.'
                : String(body.message ?? response.statusText),
            code: body.code ?? null,
            param: body.param ?? null,
            faults: Array.isArray(body.detail) ? body.detail : [],
        };
    } catch {
        return {
            status: response.status, type: '', message: text || response.statusText, code: null, param: null, faults: [],
        };
    }
}

/**
 * @param {string} path
 * @param {unknown} body
 * @param {{signal?: AbortSignal, headers?: Record<string, string>}} [options]
 */
export function post(path, body, options = {}) {
    return ask(path, {
        method: 'POST',
        body: typeof body === 'string' ? body : JSON.stringify(body),
        headers: {'content-type': 'application/json', ...options.headers},
        signal: options.signal,
    });
}

/**
 * The message for the user about an error thrown by `ask`.
 * @param {unknown} error
 * @returns {Refusal}
 */
export function describe(error) {
    if (error instanceof RefusedError) {
        return error.refusal;
    }
    const message = error instanceof Error ? error.message : String(error);
    return {
        status: 0,
        type: 'connection',
        message: `The server cannot be reached, or the connection broke (${message}).`,
        code: null,
        param: null,
        faults: [],
    };
}
