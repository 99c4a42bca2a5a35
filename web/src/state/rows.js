// A prompt with variables, and a table with a row for each run of it.
import {computed, signal} from '../vendor/ui.js';
import {CHAT, complete} from '../server/completions.js';
import {describe} from '../server/connection.js';
import {freshId} from './tree.js';
import {parameters} from './session.js';

const VARIABLE = /\{\{\s*([A-Za-z_][\w-]*)\s*\}\}/g;
const TOGETHER = 2;

/** @typedef {{id: string, values: Record<string, string>, state: 'new'|'running'|'done'|'failed', output: string}} Row */

export const systemPrompt = signal('');
export const userPrompt = signal('Write one sentence about {{topic}} in the style of {{style}}.');

/** @type {import('../vendor/ui.js').Signal<Row[]>} */
export const rows = signal([row({topic: 'the mistral wind', style: 'a weather report'}), row({topic: 'the mistral wind', style: 'a poem'})]);

/** The names of the variables, in the order in which they first appear. */
export const variables = computed(() => [
    ...new Set([...`${systemPrompt.value}\n${userPrompt.value}`.matchAll(VARIABLE)].map((match) => match[1])),
]);

export const runningRows = computed(() => rows.value.some((each) => each.state === 'running'));

let abort = new AbortController();

/**
 * @param {Record<string, string>} values
 * @returns {Row}
 */
export function row(values = {}) {
    return {id: freshId(), values, state: 'new', output: ''};
}

/**
 * @param {string} id
 * @param {Partial<Row>} change
 */
export function changeRow(id, change) {
    rows.value = rows.value.map((each) => (each.id === id ? {...each, ...change} : each));
}

/**
 * A text with its variables filled in. Each is replaced once, so a value that looks like a variable stays unchanged.
 * @param {string} text
 * @param {Record<string, string>} values
 */
export function filled(text, values) {
    return text.replace(VARIABLE, (_, name) => values[name] ?? '');
}

export async function runRows() {
    stopRows();
    abort = new AbortController();
    const {signal: mine} = abort;
    const waiting = rows.value.map((each) => each.id);
    for (const id of waiting) {
        changeRow(id, {state: 'new', output: ''});
    }
    const runner = async () => {
        for (let id = waiting.shift(); id && !mine.aborted; id = waiting.shift()) {
            await runRow(id, mine);
        }
    };
    await Promise.all(Array.from({length: TOGETHER}, runner));
}

export function stopRows() {
    abort.abort();
}

/**
 * @param {string} id
 * @param {AbortSignal} mine
 */
async function runRow(id, mine) {
    const found = rows.value.find((each) => each.id === id);
    if (!found) {
        return;
    }
    changeRow(id, {state: 'running'});
    const messages = [];
    if (systemPrompt.value.trim()) {
        messages.push({role: 'system', content: filled(systemPrompt.value, found.values)});
    }
    messages.push({role: 'user', content: filled(userPrompt.value, found.values)});
    try {
        const answer = await complete(CHAT, {...parameters.value, messages}, () => {}, mine);
        changeRow(id, {
            state: answer.complete ? 'done' : 'failed',
            output: answer.choices.map((choice) => choice.text).join('\n---\n'),
        });
    } catch (error) {
        changeRow(id, mine.aborted ? {state: 'new'} : {state: 'failed', output: describe(error).message});
    }
}

/** @returns {string} the table as CSV, with the answers in the last column */
export function csv() {
    const names = variables.value;
    const lines = [[...names, 'answer'], ...rows.value.map((each) => [...names.map((name) => each.values[name] ?? ''), each.output])];
    return lines.map((line) => line.map(cell).join(',')).join('\r\n') + '\r\n';
}

/** @param {string} text */
function cell(text) {
    // Spreadsheets take such a text for a formula.
    const formula = /^[=+\-@\t\r]/.test(text) && !Number.isFinite(Number(text));
    const safe = formula ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/**
 * Takes rows from CSV whose first line names the variables.
 * @param {string} text
 */
export function takeCsv(text) {
    const [head, ...lines] = parseCsv(text);
    if (!head) {
        return;
    }
    rows.value = lines.map((line) => row(Object.fromEntries(head.map((name, i) => [name.trim(), line[i] ?? '']))));
}

/**
 * @param {string} text
 * @returns {string[][]}
 */
function parseCsv(text) {
    const lines = [];
    /** @type {string[]} */
    let line = [];
    for (const match of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/g)) {
        line.push(match[1] !== undefined ? match[1].replaceAll('""', '"') : match[2]);
        if (match[3] !== ',') {
            if (line.length > 1 || line[0] !== '') {
                lines.push(line);
            }
            line = [];
        }
    }
    return lines;
}
