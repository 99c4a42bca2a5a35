// A request as a program for the official Python client.

/** What the client's methods take; what they do not know goes into the body by a hook. */
const KNOWN = new Set([
    'model', 'messages', 'prompt', 'suffix', 'temperature', 'top_p', 'max_tokens', 'stop', 'random_seed', 'metadata', 'response_format', 'tools',
    'tool_choice', 'presence_penalty', 'frequency_penalty', 'n', 'prediction', 'parallel_tool_calls', 'prompt_mode',
    'reasoning_effort', 'safe_prompt', 'prompt_cache_key', 'min_tokens', 'top_k', 'repetition_penalty', 'logprobs',
    'top_logprobs', 'prompt_logprobs', 'top_prompt_logprobs',
]);

/**
 * @param {import('./export.js').Exported} exported
 * @returns {string}
 */
export function python({base, path, request}) {
    const fim = path.includes('/fim/');
    const known = Object.entries(request).filter(([name]) => KNOWN.has(name));
    const others = Object.keys(request).filter((name) => !KNOWN.has(name));
    const lines = known.map(([name, value]) => `        ${name}=${literal(value, 8)},`);
    const unknown = others.length > 0 ? [`        # The client has no argument for: ${others.join(', ')}.`] : [];
    return [
        '# pip install "mistralai>=3.7"',
        'import os',
        '',
        'from mistralai.client import Mistral',
        '',
        `with Mistral(api_key=os.getenv("MISTRAL_API_KEY", "none"), server_url=${string(base)}) as mistral:`,
        `    answer = mistral.${fim ? 'fim' : 'chat'}.complete(`,
        ...lines,
        ...unknown,
        '    )',
        ...output(request),
        '',
    ].join('\n');
}

/** @param {Record<string, any>} request */
function output(request) {
    return [
        '    for choice in answer.choices:',
        '        if choice.message.content:',
        '            print(choice.message.content)',
        ...(request.tools ? [
            '        for call in choice.message.tool_calls or []:',
            '            print(call.function.name, call.function.arguments)',
        ] : []),
    ];
}

/**
 * @param {any} value
 * @param {number} indent
 * @returns {string}
 */
function literal(value, indent) {
    const inner = ' '.repeat(indent + 4);
    const end = `${' '.repeat(indent)}`;
    if (value === null) {
        return 'None';
    }
    if (typeof value === 'boolean') {
        return value ? 'True' : 'False';
    }
    if (typeof value === 'string') {
        return string(value);
    }
    if (Array.isArray(value)) {
        return value.length === 0 ? '[]' : `[\n${value.map((each) => `${inner}${literal(each, indent + 4)},\n`).join('')}${end}]`;
    }
    if (typeof value === 'object') {
        const fields = Object.entries(value);
        return fields.length === 0
            ? '{}'
            : `{\n${fields.map(([name, each]) => `${inner}${string(name)}: ${literal(each, indent + 4)},\n`).join('')}${end}}`;
    }
    return String(value);
}

/**
 * A string of JSON is one of Python, but for characters beyond the first plane, which JSON.stringify leaves as they are.
 * @param {string} text
 */
function string(text) {
    return JSON.stringify(text);
}
