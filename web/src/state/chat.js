// Asking for answers: send, stop, regenerate, edit, branch, answer calls, replay.
import {batch, effect, signal} from '../vendor/ui.js';
import {CHAT, complete, emptyAnswer} from '../server/completions.js';
import {describe} from '../server/connection.js';
import {loggedRequest} from '../server/extensions.js';
import {add, change, freshId, path, sendable, textOf} from './tree.js';
import {beforeLeaving, clearTyped, parameters, tree, typed} from './session.js';

/** @typedef {import('../server/completions.js').Answer} Answer */
/** @typedef {import('../server/completions.js').Choice} Choice */

/**
 * An answer that is being generated: its nodes are in the tree, and their texts are here until it ends.
 * @typedef {object} Running
 * @property {string[]} nodes one for each choice
 * @property {import('../vendor/ui.js').Signal<Answer>} answer
 * @property {AbortController} abort
 * @property {() => void} leave ends it at once, with what has come so far
 */

/** @type {import('../vendor/ui.js').Signal<Running|null>} */
export const running = signal(null);

/** The error of the latest request, to be marked at its fields; null where it went well. */
/** @type {import('../vendor/ui.js').Signal<import('../server/connection.js').Refusal|null>} */
export const refusal = signal(null);

/** Sends the typed message, or asks for an answer to the conversation as it is. */
export function send() {
    const message = typed.value;
    if (message) {
        batch(() => {
            tree.value = add(tree.value, tree.value.leaf, message)[0];
            clearTyped();
        });
    }
    const last = tree.value.nodes[tree.value.leaf];
    // An answer contains its prefix, so it replaces the message that held the prefix.
    return last?.message.prefix ? answer(last.parent, textOf(last.message)) : answer(tree.value.leaf);
}

export function stop() {
    running.value?.abort.abort();
}

/**
 * Asks for another answer in the place of one.
 * @param {import('./tree.js').Node} node
 */
export function regenerate(node) {
    // An answer with a prefix continues that prefix again.
    const asked = /** @type {any[]} */ (node.facts?.request.messages ?? []).at(-1);
    return answer(node.parent, asked?.prefix ? textOf(asked) : '');
}

/**
 * Adds an edited message as a branch beside the old one, and asks for an answer if it is a message to answer.
 * @param {import('./tree.js').Node} node
 * @param {Record<string, any>} message
 * @param {boolean} ask
 */
export function edit(node, message, ask) {
    tree.value = add(tree.value, node.parent, message)[0];
    return ask ? answer(tree.value.leaf) : Promise.resolve();
}

/**
 * Goes on from a text that the answer is to begin with.
 * @param {import('./tree.js').Node} node an answer, which the new one stands beside
 * @param {string} prefix
 */
export function branchFrom(node, prefix) {
    return answer(node.parent, prefix);
}

/**
 * The results of calls, and the answer to them.
 * @param {import('./tree.js').Node} node that called
 * @param {string[]} results in the order of the calls
 */
export function giveResults(node, results) {
    batch(() => {
        let leaf = node.id;
        for (const [i, call] of (node.message.tool_calls ?? []).entries()) {
            const message = {role: 'tool', tool_call_id: call.id, name: call.function.name, content: results[i]};
            [tree.value, leaf] = add(tree.value, leaf, message);
        }
    });
    return answer(tree.value.leaf);
}

/**
 * The request for an answer to a path, as it is sent.
 * @param {string} leaf
 * @param {string} prefix that the answer is to begin with
 * @returns {Record<string, any>}
 */
function requestAt(leaf, prefix) {
    const {model, ...others} = parameters.value;
    const said = sendable(path(tree.value, leaf));
    const begun = prefix ? [{role: 'assistant', content: prefix, prefix: true}] : [];
    return {model: model ?? '', messages: [...said, ...begun], ...others};
}

/**
 * Asks for an answer below a node.
 * @param {string} leaf
 * @param {string} [prefix]
 */
async function answer(leaf, prefix = '') {
    stop();
    const request = requestAt(leaf, prefix);
    const count = Number.isInteger(request.n) && request.n >= 1 && request.n <= 16 ? Number(request.n) : 1;
    const group = freshId();
    /** @type {string[]} */
    const nodes = [];
    batch(() => {
        for (let i = 0; i < count; i++) {
            const [grown, id] = add(tree.value, leaf, {role: 'assistant', content: ''}, {group});
            tree.value = grown;
            nodes.push(id);
        }
        tree.value = {...tree.value, leaf: nodes[0]};
        running.value = {nodes, answer: signal(emptyAnswer()), abort: new AbortController(), leave: () => {}};
        refusal.value = null;
    });
    const run = /** @type {Running} */ (running.value);
    let last = emptyAnswer();
    let frame = 0;
    /** @type {import('../server/connection.js').Refusal|null} */
    let error = null;
    let over = false;
    const end = (/** @type {typeof error} */ cause, /** @type {boolean} */ stopped) => {
        if (!over) {
            over = true;
            cancelAnimationFrame(frame);
            finish(run, last, request, cause, stopped);
        }
    };
    run.leave = () => {
        run.abort.abort();
        end(null, true);
    };
    try {
        await complete(CHAT, request, (progress) => {
            last = progress;
            // The page is drawn once a frame, however many tokens arrive.
            frame ||= requestAnimationFrame(() => {
                frame = 0;
                run.answer.value = {...progress};
            });
        }, run.abort.signal);
        if (!last.complete) {
            error = broken('The stream ended before the answer was complete: the server may have been stopped.');
        }
    } catch (cause) {
        error = run.abort.signal.aborted ? null : describe(cause);
    }
    end(error, run.abort.signal.aborted);
}

// An unfinished answer is stored with the conversation.
beforeLeaving(() => running.value?.leave());

// Nobody waits for an answer whose messages have been deleted.
effect(() => {
    const run = running.value;
    if (run && !run.nodes.some((id) => id in tree.value.nodes)) {
        run.abort.abort();
    }
});

/**
 * @param {string} message
 * @returns {import('../server/connection.js').Refusal}
 */
function broken(message) {
    return {status: 0, type: 'connection', message, code: null, param: null, faults: []};
}

/**
 * @param {Running} run
 * @param {Answer} last
 * @param {Record<string, unknown>} request
 * @param {import('../server/connection.js').Refusal|null} error
 * @param {boolean} stopped
 */
function finish(run, last, request, error, stopped) {
    batch(() => {
        for (const [i, id] of run.nodes.entries()) {
            if (!(id in tree.value.nodes)) {
                continue;
            }
            const choice = last.choices[i] ?? {text: '', thinking: '', toolCalls: [], finishReason: '', tokens: []};
            tree.value = change(tree.value, id, {
                message: messageOf(choice),
                facts: {
                    requestId: last.requestId,
                    model: last.model,
                    finishReason: choice.finishReason,
                    usage: last.usage,
                    metrics: last.metrics,
                    tokens: choice.tokens,
                    events: i === 0 ? last.events : [],
                    eventCount: last.eventCount,
                    error,
                    stopped,
                    request,
                },
            });
        }
        refusal.value = error;
        if (running.value === run) {
            running.value = null;
        }
    });
}

/**
 * A choice as the message that it will be in the next request.
 * @param {Choice} choice
 * @returns {Record<string, any>}
 */
export function messageOf(choice) {
    /** @type {any} */
    const content = choice.thinking
        ? [{type: 'thinking', thinking: [{type: 'text', text: choice.thinking}]}, {type: 'text', text: choice.text}]
        : choice.text;
    return choice.toolCalls.length > 0
        ? {
            role: 'assistant', content,
            tool_calls: choice.toolCalls.map(({id, function: called}) => ({
                id, type: 'function', function: {name: called.name, arguments: called.arguments},
            })),
        }
        : {role: 'assistant', content};
}

/**
 * The result of a replay.
 * @typedef {object} Replay
 * @property {boolean} identical
 * @property {number} index of the first token that differs
 * @property {string} before the token of the first answer
 * @property {string} after the token of the replay
 * @property {number} seed
 */

/**
 * Asks the same again with the same seed, and compares the answers token by token.
 * @param {import('./tree.js').Node} node
 * @returns {Promise<Replay>}
 */
export async function replay(node) {
    const facts = node.facts;
    if (!facts) {
        throw new Error('this message is no answer of this server');
    }
    const entry = await loggedRequest(facts.requestId);
    const seed = entry.random_seed ?? 0;
    const again = await complete(
        CHAT, {...facts.request, random_seed: seed, logprobs: true}, () => {}, new AbortController().signal);
    const siblings = Object.values(tree.value.nodes).filter((each) => each.group === node.group);
    const choice = again.choices[siblings.findIndex((each) => each.id === node.id)] ?? again.choices[0];
    return {...difference(node, choice), seed};
}

/**
 * @param {import('./tree.js').Node} node
 * @param {Choice} choice
 * @returns {Omit<Replay, 'seed'>}
 */
function difference(node, choice) {
    const before = textOf(node.message);
    const sameCalls = JSON.stringify(node.message.tool_calls?.map((/** @type {any} */ each) => each.function) ?? [])
        === JSON.stringify(choice.toolCalls.map((each) => ({name: each.function.name, arguments: each.function.arguments})));
    if (before === choice.text && sameCalls) {
        return {identical: true, index: -1, before: '', after: ''};
    }
    const known = node.facts?.tokens ?? [];
    const index = known.length > 0
        ? choice.tokens.findIndex((token, i) => token.token_id !== known[i]?.token_id)
        : tokenAt(choice, firstDifference(before, choice.text));
    return {
        identical: false,
        index,
        before: known[index]?.token ?? before.slice(firstDifference(before, choice.text)).slice(0, 20),
        after: choice.tokens[index]?.token ?? '(the end)',
    };
}

/**
 * @param {string} a
 * @param {string} b
 */
function firstDifference(a, b) {
    let at = 0;
    while (at < a.length && a[at] === b[at]) {
        at++;
    }
    return at;
}

/**
 * @param {Choice} choice
 * @param {number} offset in characters
 */
function tokenAt(choice, offset) {
    let chars = 0;
    return choice.tokens.findIndex((token) => (chars += token.token.length) > offset);
}
