// A request as a program for the official TypeScript client.

/** The client's names of parameters; it drops what it does not know, so the rest goes into the body by a hook. */
/** @type {Record<string, string>} */
const KNOWN = {
    model: 'model', prompt: 'prompt', suffix: 'suffix', temperature: 'temperature', top_p: 'topP', max_tokens: 'maxTokens', min_tokens: 'minTokens',
    stop: 'stop', random_seed: 'randomSeed', metadata: 'metadata', tool_choice: 'toolChoice', presence_penalty: 'presencePenalty',
    frequency_penalty: 'frequencyPenalty', n: 'n', prediction: 'prediction', parallel_tool_calls: 'parallelToolCalls',
    prompt_mode: 'promptMode', reasoning_effort: 'reasoningEffort', safe_prompt: 'safePrompt', prompt_cache_key: 'promptCacheKey',
};
const FIM_ONLY = new Set(['min_tokens']);

/**
 * @param {import('./export.js').Exported} exported
 * @returns {string}
 */
export function typescript({base, path, request}) {
    const fim = path.includes('/fim/');
    /** @type {Record<string, any>} */
    const known = {};
    /** @type {Record<string, any>} */
    const others = {};
    for (const [name, value] of Object.entries(request)) {
        if (name === 'messages') {
            known.messages = value.map(message);
        } else if (name === 'tools') {
            known.tools = value;
        } else if (name === 'response_format') {
            known.responseFormat = format(value);
        } else if (name in KNOWN && (fim || !FIM_ONLY.has(name))) {
            known[KNOWN[name]] = value;
        } else {
            others[name] = value;
        }
    }
    const hooked = Object.keys(others).length > 0;
    return [
        '// npm install @mistralai/mistralai@2 tsx && npx tsx ask.mts',
        `import {${hooked ? 'HTTPClient, ' : ''}Mistral} from "@mistralai/mistralai";`,
        '',
        ...(hooked ? hook(others) : []),
        'const mistral = new Mistral({',
        '  apiKey: process.env.MISTRAL_API_KEY ?? "none",',
        `  serverURL: ${JSON.stringify(base)},`,
        ...(hooked ? ['  httpClient,'] : []),
        '});',
        `const answer = await mistral.${fim ? 'fim' : 'chat'}.complete(${indented(known)});`,
        'for (const choice of answer.choices) {',
        '  if (choice.message?.content) console.log(choice.message.content);',
        ...(request.tools ? [
            '  for (const call of choice.message?.toolCalls ?? []) console.log(call.function.name, call.function.arguments);',
        ] : []),
        '}',
        '',
    ].join('\n');
}

/** @param {Record<string, any>} others */
function hook(others) {
    return [
        '// The client has no parameters of these names and would drop them.',
        'const httpClient = new HTTPClient();',
        'httpClient.addHook("beforeRequest", async (request) => new Request(request, {',
        `  body: JSON.stringify({...(await request.clone().json()), ...${JSON.stringify(others)}}),`,
        '}));',
        '',
    ];
}

/** @param {any} value */
function indented(value) {
    return JSON.stringify(value, null, 2);
}

/** @param {any} given */
function message(given) {
    const {tool_calls: calls, tool_call_id: id, ...rest} = given;
    const content = Array.isArray(rest.content) ? {content: rest.content.map(chunk)} : {};
    return {...rest, ...content, ...(calls ? {toolCalls: calls} : {}), ...(id ? {toolCallId: id} : {})};
}

/** @param {any} given */
function chunk(given) {
    if (given?.type !== 'image_url') {
        return given;
    }
    const {image_url: imageUrl, ...rest} = given;
    return {...rest, imageUrl};
}

/** @param {any} given */
function format(given) {
    if (!given?.json_schema) {
        return given;
    }
    const {schema, ...named} = given.json_schema;
    return {type: given.type, jsonSchema: {...named, schemaDefinition: schema}};
}
