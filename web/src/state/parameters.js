// The documented parameters of chat completions: meaning, range, and what leaving them out means.

/**
 * @typedef {object} Parameter
 * @property {string} name
 * @property {'number'|'integer'|'boolean'|'choice'|'text'|'list'|'json'} kind
 * @property {string} group
 * @property {string} meaning
 * @property {string} range
 * @property {string} unset what is meant where it is left out; {temperature} is filled in from the model's card
 * @property {number} [min]
 * @property {number} [max]
 * @property {number} [step]
 * @property {string[]} [choices]
 * @property {boolean} [reasoning] needs a model that thinks
 * @property {boolean} [fim] also of fill-in-the-middle
 */

/** @type {Parameter[]} */
export const PARAMETERS = [
    {
        name: 'temperature', kind: 'number', group: 'Sampling', min: 0, max: 1.5, step: 0.1, range: '0 to 1.5',
        unset: '{temperature}, the model’s', fim: true,
        meaning: 'How random the choice of each token is. Low values are focused, 0 always takes the likeliest token. Change this or top_p, not both.',
    },
    {
        name: 'top_p', kind: 'number', group: 'Sampling', min: 0.01, max: 1, step: 0.05, range: 'above 0, to 1', unset: '1', fim: true,
        meaning: 'Nucleus sampling: only the likeliest tokens that together have this probability are considered.',
    },
    {
        name: 'top_k', kind: 'integer', group: 'Sampling', min: 0, max: 200000, step: 1, range: '0 or more', unset: '0: all tokens',
        meaning: 'Only so many of the likeliest tokens are considered.',
    },
    {
        name: 'random_seed', kind: 'integer', group: 'Sampling', min: 0, max: Number.MAX_SAFE_INTEGER, step: 1, range: '0 or more',
        unset: 'drawn anew', fim: true,
        meaning: 'The same model file, request and seed give the same answer, whatever else the server does.',
    },
    {
        name: 'presence_penalty', kind: 'number', group: 'Sampling', min: -2, max: 2, step: 0.1, range: '-2 to 2', unset: '0',
        meaning: 'Makes tokens that the text has already less likely, however often it has them.',
    },
    {
        name: 'frequency_penalty', kind: 'number', group: 'Sampling', min: -2, max: 2, step: 0.1, range: '-2 to 2', unset: '0',
        meaning: 'Makes tokens less likely the more often the text has them.',
    },
    {
        name: 'repetition_penalty', kind: 'number', group: 'Sampling', min: 0.01, max: 10, step: 0.05, range: 'above 0', unset: '1',
        meaning: 'Divides the scores of tokens that prompt or answer have already.',
    },
    {
        name: 'max_tokens', kind: 'integer', group: 'Length', min: 0, max: 10000000, step: 1, range: '0 to what the context leaves',
        unset: 'until a stop or the end of the context', fim: true,
        meaning: 'The most tokens an answer may have. Prompt and answer together must fit the model’s context.',
    },
    {
        name: 'min_tokens', kind: 'integer', group: 'Length', min: 0, max: 10000000, step: 1, range: '0 to max_tokens', unset: '0', fim: true,
        meaning: 'No token ends the answer before so many.',
    },
    {
        name: 'stop', kind: 'list', group: 'Length', range: 'up to 64 strings', unset: 'none', fim: true,
        meaning: 'The answer ends before the first of these strings. One a line.',
    },
    {
        name: 'n', kind: 'integer', group: 'Length', min: 1, max: 16, step: 1, range: '1 to 16', unset: '1',
        meaning: 'Independent answers to one prompt, which is computed once. Shown as columns.',
    },
    {
        name: 'logprobs', kind: 'boolean', group: 'Tokens', range: 'true or false', unset: 'false',
        meaning: 'Tells the probability of every token of the answer. The token view needs it.',
    },
    {
        name: 'top_logprobs', kind: 'integer', group: 'Tokens', min: 0, max: 20, step: 1, range: '0 to 20', unset: '0',
        meaning: 'Tells so many of the likeliest alternatives to every token. Needs logprobs.',
    },
    {
        name: 'prompt_logprobs', kind: 'boolean', group: 'Tokens', range: 'true or false', unset: 'false',
        meaning: 'Tells the probability of every token of the prompt.',
    },
    {
        name: 'top_prompt_logprobs', kind: 'integer', group: 'Tokens', min: 0, max: 20, step: 1, range: '0 to 20', unset: '0',
        meaning: 'Tells alternatives to the tokens of the prompt. Needs prompt_logprobs.',
    },
    {
        name: 'tool_choice', kind: 'choice', group: 'Tools', choices: ['auto', 'none', 'any', 'required'], range: 'auto, none, any, required, or one tool',
        unset: 'auto',
        meaning: 'Who decides whether tools are called: auto leaves it to the model, any and required force a call.',
    },
    {
        name: 'parallel_tool_calls', kind: 'boolean', group: 'Tools', range: 'true or false', unset: 'true',
        meaning: 'Whether one answer may call several tools.',
    },
    {
        name: 'safe_prompt', kind: 'boolean', group: 'Prompt', range: 'true or false', unset: 'false',
        meaning: 'Puts a text about care, respect and truth in front of the conversation.',
    },
    {
        name: 'prompt_mode', kind: 'choice', group: 'Prompt', choices: ['reasoning', 'null'], range: 'reasoning, or null for no reasoning prompt',
        unset: 'the model’s own habit', reasoning: true,
        meaning: 'Whether the system prompt of reasoning models is used.',
    },
    {
        name: 'reasoning_effort', kind: 'choice', group: 'Prompt', reasoning: true,
        choices: ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'], range: 'none to max', unset: 'the model’s own habit',
        meaning: 'How long a reasoning model may think before it answers.',
    },
    {
        name: 'prediction', kind: 'text', group: 'Speed', range: 'any text', unset: 'none',
        meaning: 'Text that the answer is expected to resemble. It makes the answer come sooner and never changes it.',
    },
    {
        name: 'prompt_cache_key', kind: 'text', group: 'Speed', range: 'up to 512 characters', unset: 'none', fim: true,
        meaning: 'Requests with the same key share a cache of prompts, apart from all others.',
    },
    {
        name: 'metadata', kind: 'json', group: 'Service', range: 'a JSON object', unset: 'none', fim: true,
        meaning: 'Your own notes on the request. They are no part of the prompt.',
    },
    {
        name: 'service_tier', kind: 'choice', group: 'Service', choices: ['auto', 'standard_only'], range: 'auto, standard_only', unset: 'auto',
        meaning: 'A tier of the hosted service.',
    },
    {
        name: 'guardrails', kind: 'json', group: 'Service', range: 'a JSON array', unset: 'none',
        meaning: 'Moderation of the hosted service. The server says in its own words whether it can honour it.',
    },
];

/** @type {Map<string, Parameter>} */
export const BY_NAME = new Map(PARAMETERS.map((parameter) => [parameter.name, parameter]));

/** What a link may carry: the model and these, no texts. */
export const LINKED = PARAMETERS.filter((each) => !['text', 'list', 'json'].includes(each.kind)).map((each) => each.name);

/**
 * A parameter's value as a form shows it.
 * @param {Parameter} parameter
 * @param {any} value
 * @returns {string}
 */
export function shown(parameter, value) {
    if (value === undefined) {
        return '';
    }
    if (parameter.name === 'prediction') {
        return String(value?.content ?? '');
    }
    if (parameter.kind === 'list') {
        return Array.isArray(value) ? value.join('\n') : String(value);
    }
    return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * What a form's text stands for; undefined where the parameter is left out. Text that is no number is passed on for the
 * server to refuse, so that nothing is dropped in silence.
 * @param {Parameter} parameter
 * @param {string} text
 * @returns {any}
 */
export function parsed(parameter, text) {
    if (text === '') {
        return undefined;
    }
    if (parameter.name === 'prediction') {
        return {type: 'content', content: text};
    }
    switch (parameter.kind) {
        case 'number':
        case 'integer':
            return Number.isFinite(Number(text)) ? Number(text) : text;
        case 'boolean':
            return text === 'true';
        case 'list':
            return text.split('\n').filter((line) => line !== '');
        case 'json':
            return json(text);
        case 'choice':
            // One tool is an object, and no prompt mode is null.
            return text === 'null' || text.startsWith('{') ? json(text) : text;
        default:
            return text;
    }
}

/** @param {string} text */
function json(text) {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}
