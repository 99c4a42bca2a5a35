// Which models are served.
import {signal} from '../vendor/ui.js';
import {describe} from '../server/connection.js';
import {models as load} from '../server/extensions.js';

/** @typedef {import('../server/extensions.js').ModelCard} ModelCard */

/** @type {import('../vendor/ui.js').Signal<ModelCard[]>} */
export const models = signal([]);

/** Why the models could not be read; empty where they could. */
export const modelsError = signal('');

export async function loadModels() {
    try {
        models.value = await load();
        modelsError.value = '';
    } catch (error) {
        modelsError.value = describe(error).message;
    }
}

/**
 * @param {string} name
 * @returns {ModelCard|undefined} the card of a served model or of an alias
 */
export function card(name) {
    return models.value.find((each) => each.id === name || each.aliases.includes(name)) ?? models.value[0];
}

/**
 * @param {string} name
 * @returns {string} what follows a model's name in a list where its answer would have to wait, or fail
 */
export function waiting(name) {
    const state = models.value.find((each) => each.id === name || each.aliases.includes(name))?.state ?? 'loaded';
    return state === 'loaded' ? '' : ` (${state === 'unloaded' ? 'not loaded' : state})`;
}
