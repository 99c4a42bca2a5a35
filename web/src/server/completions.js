// Completions: streamed, with the engine's figures and the raw events beside the answer.
import {post} from './connection.js';
import {readEvents} from './events.js';
import {watchWait} from './waiting.js';

/**
 * The engine's figures, described in docs/EXTENSIONS.md.
 * @typedef {object} Metrics
 * @property {number|null} queue_ms
 * @property {number} prompt_tokens
 * @property {number} cached_tokens
 * @property {number} computed_tokens
 * @property {number|null} first_token_ms
 * @property {number} completion_tokens
 * @property {number|null} tokens_per_second
 * @property {number} accepted_drafts
 * @property {number} rejected_drafts
 */

/** @typedef {{token: string, logprob: number, token_id: number, bytes: number[], top_logprobs?: ScoredToken[]}} ScoredToken */
/** @typedef {{id: string, index: number, function: {name: string, arguments: string}}} ToolCall */
/** @typedef {{millis: number, text: string}} RawEvent */

/**
 * One choice so far.
 * @typedef {object} Choice
 * @property {string} text
 * @property {string} thinking
 * @property {ToolCall[]} toolCalls
 * @property {string} finishReason empty until it has ended
 * @property {ScoredToken[]} tokens
 */

/**
 * @typedef {object} Answer
 * @property {string} requestId of the request log
 * @property {string} id
 * @property {string} model
 * @property {Choice[]} choices
 * @property {Record<string, any>|null} usage
 * @property {Metrics|null} metrics
 * @property {RawEvent[]} events at most MAX_EVENTS
 * @property {number} eventCount
 * @property {boolean} complete
 * @property {import('./waiting.js').Wait|null} wait what it waits for before it begins
 */

/** Raw events kept of one answer. */
export const MAX_EVENTS = 5000;

/** @returns {Answer} */
export function emptyAnswer() {
    return {
        requestId: '', id: '', model: '', choices: [], usage: null, metrics: null, events: [], eventCount: 0, complete: false, wait: null,
    };
}

/** @returns {Choice} */
function emptyChoice() {
    return {text: '', thinking: '', toolCalls: [], finishReason: '', tokens: []};
}

/**
 * Adds one chunk of a stream to an answer.
 * @param {Answer} answer
 * @param {any} chunk
 */
export function addChunk(answer, chunk) {
    answer.id ||= chunk.id ?? '';
    answer.model ||= chunk.model ?? '';
    for (const part of chunk.choices ?? []) {
        while (answer.choices.length <= part.index) {
            answer.choices.push(emptyChoice());
        }
        const choice = answer.choices[part.index];
        const content = part.delta?.content;
        if (typeof content === 'string') {
            choice.text += content;
        } else if (Array.isArray(content)) {
            for (const piece of content) {
                choice.text += piece.text ?? '';
                choice.thinking += (piece.thinking ?? []).map((/** @type {any} */ each) => each.text ?? '').join('');
            }
        }
        choice.toolCalls.push(...(part.delta?.tool_calls ?? []));
        choice.tokens.push(...(part.logprobs?.content ?? []));
        choice.finishReason = part.finish_reason ?? choice.finishReason;
    }
    answer.usage = chunk.usage ?? answer.usage;
}

/**
 * Streams a completion.
 * @param {string} path
 * @param {Record<string, unknown>} request without `stream`
 * @param {(answer: Answer) => void} progress called after every event that arrives, and while it is waited for
 * @param {AbortSignal} signal
 * @returns {Promise<Answer>}
 */
export async function complete(path, request, progress, signal) {
    const began = performance.now();
    const answer = emptyAnswer();
    const begun = new AbortController();
    void watchWait(path, (wait) => {
        answer.wait = wait;
        progress(answer);
    }, begun.signal);
    try {
        await stream(path, request, answer, began, (changed) => {
            if (changed.choices.length > 0) {
                begun.abort();
                changed.wait = null;
            }
            progress(changed);
        }, signal);
    } finally {
        begun.abort();
        answer.wait = null;
    }
    return answer;
}

/**
 * @param {string} path
 * @param {Record<string, unknown>} request
 * @param {Answer} answer is added to
 * @param {number} began
 * @param {(answer: Answer) => void} progress
 * @param {AbortSignal} signal
 */
async function stream(path, request, answer, began, progress, signal) {
    const response = await post(path, {...request, stream: true}, {signal, headers: {'tramontane-metrics': 'true'}});
    answer.requestId = response.headers.get('mistral-correlation-id') ?? '';
    await readEvents(response, (event) => {
        answer.eventCount++;
        if (answer.events.length < MAX_EVENTS) {
            answer.events.push({
                millis: performance.now() - began, text: event.data ? `data: ${event.data}` : `: ${event.comment}`,
            });
        }
        if (event.comment.startsWith('metrics ')) {
            answer.metrics = JSON.parse(event.comment.slice('metrics '.length));
        } else if (event.data === '[DONE]') {
            answer.complete = true;
        } else if (event.data) {
            addChunk(answer, JSON.parse(event.data));
        }
        progress(answer);
    });
}

export const CHAT = '/v1/chat/completions';
export const FIM = '/v1/fim/completions';
