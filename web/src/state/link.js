// Links that carry a model and parameters, never a text, and never send a request.
import {batch} from '../vendor/ui.js';
import {LINKED} from './parameters.js';
import {parameters} from './session.js';

/** Reads the fragment of this page's address, which no server sees. */
export function readLink() {
    const given = new URLSearchParams(location.hash.slice(1));
    batch(() => {
        /** @type {Record<string, any>} */
        const linked = {};
        for (const [name, text] of given) {
            if (name === 'model') {
                linked.model = text;
            } else if (LINKED.includes(name)) {
                linked[name] = value(text);
            }
        }
        if (Object.keys(linked).length > 0) {
            parameters.value = {...parameters.value, ...linked};
        }
    });
}

/** @param {string} text */
function value(text) {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}

/** @returns {string} an address that opens the playground with this model and these parameters */
export function link() {
    const params = new URLSearchParams();
    for (const name of ['model', ...LINKED]) {
        const set = parameters.value[name];
        if (set !== undefined && typeof set !== 'object') {
            params.set(name, String(set));
        }
    }
    return `${location.origin}/#${params}`;
}
