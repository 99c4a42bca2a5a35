// A request as a program for LangChain4j, to be run with `java` from its source.
import {addressOf, detailOf, imagesOf, isImage} from '../images.js';

/** Setters of the model's builder, by parameter. */
/** @type {Record<string, [string, 'double'|'int'|'boolean']>} */
const SETTERS = {
    temperature: ['temperature', 'double'],
    top_p: ['topP', 'double'],
    max_tokens: ['maxTokens', 'int'],
    random_seed: ['randomSeed', 'int'],
    safe_prompt: ['safePrompt', 'boolean'],
    presence_penalty: ['presencePenalty', 'double'],
    frequency_penalty: ['frequencyPenalty', 'double'],
};
const WRITTEN = new Set(['model', 'messages', 'prompt', 'suffix', 'stop', 'tools', 'tool_choice', 'response_format']);

/**
 * @param {import('./export.js').Exported} exported
 * @returns {string}
 */
export function java({base, path, request}) {
    return path.includes('/fim/') ? gap(base, request) : chat(base, request);
}

/**
 * @param {string} base
 * @param {Record<string, any>} request
 */
function gap(base, request) {
    return program('MistralAiFimModel', base, request, [
        `        System.out.println(model.generate(${text(request.prompt)}${request.suffix ? `, ${text(request.suffix)}` : ''}).content());`,
    ]);
}

/**
 * @param {string} base
 * @param {Record<string, any>} request
 */
function chat(base, request) {
    const tools = (request.tools ?? []).map((/** @type {any} */ tool) => toolOf(tool?.function ?? {}));
    const format = formatOf(request.response_format);
    const parts = [
        '        var request = ChatRequest.builder()',
        `                .messages(List.of(\n${request.messages.map((/** @type {any} */ each) => `                        ${messageOf(each)}`).join(',\n')}))`,
        ...(tools.length > 0 ? [`                .toolSpecifications(List.of(${tools.join(', ')}))`] : []),
        ...(request.tool_choice ? [`                .toolChoice(ToolChoice.${choice(request.tool_choice)})`] : []),
        ...(format ? [`                .responseFormat(${format})`] : []),
        '                .build();',
        '        var answer = model.chat(request).aiMessage();',
        '        if (answer.text() != null) System.out.println(answer.text());',
        ...(tools.length > 0 ? [
            '        answer.toolExecutionRequests().forEach(call -> System.out.println(call.name() + " " + call.arguments()));',
        ] : []),
    ];
    return program('MistralAiChatModel', base, request, parts);
}

/**
 * @param {string} model
 * @param {string} base
 * @param {Record<string, any>} request
 * @param {string[]} body
 */
function program(model, base, request, body) {
    const settable = (/** @type {string} */ name) => name in SETTERS && fits(name, request[name]);
    const missing = Object.keys(request).filter((name) => !WRITTEN.has(name) && !settable(name));
    const setters = Object.entries(request)
        .filter(([name]) => settable(name))
        .map(([name, value]) => `                .${SETTERS[name][0]}(${number(value, SETTERS[name][1])})`);
    const stops = typeof request.stop === 'string' ? [request.stop] : request.stop ?? [];
    const rewritten = (request.tools ?? []).filter(isRewritten).map((/** @type {any} */ tool) => tool?.function?.name);
    const stop = stops.length > 0 && [`                .${model.includes('Fim') ? 'stop' : 'stopSequences'}(List.of(${stops.map(text).join(', ')}))`];
    return [
        '// With dev.langchain4j:langchain4j-mistral-ai:1.18.1 on the class path: java -cp "jars/*" Ask.java',
        ...(missing.length > 0 ? [`// LangChain4j has no setting for: ${missing.join(', ')}. The request goes without.`] : []),
        ...(imagesOf(request.messages ?? []).some((each) => detailOf(each)) ? ['// LangChain4j sends no detail of images. The request goes without.'] : []),
        ...(rewritten.length > 0 ? [`// Of these tools' parameters, LangChain4j sends ${SENT.join(', ')} in this order, and nothing else: ${rewritten.join(', ')}.`] : []),
        'import dev.langchain4j.agent.tool.*;',
        'import dev.langchain4j.data.message.*;',
        'import dev.langchain4j.model.chat.request.*;',
        'import dev.langchain4j.model.chat.request.json.*;',
        'import dev.langchain4j.model.mistralai.*;',
        'import java.util.*;',
        '',
        'public class Ask {',
        '    public static void main(String[] args) {',
        `        var model = ${model}.builder()`,
        `                .baseUrl(${text(`${base}/v1`)})`,
        '                .apiKey(System.getenv().getOrDefault("MISTRAL_API_KEY", "none"))',
        `                .modelName(${text(request.model)})`,
        ...setters,
        ...(request.response_format?.json_schema?.strict === true ? ['                .strictJsonSchema(true)'] : []),
        ...(stop || []),
        '                .build();',
        ...body,
        '    }',
        '}',
        '',
    ].join('\n');
}

/**
 * Whether the builder's type holds the value.
 * @param {string} name
 * @param {any} value
 */
function fits(name, value) {
    return value !== null && (SETTERS[name][1] !== 'int' || Math.abs(value) < 2 ** 31);
}

/** @param {any} message */
function messageOf(message) {
    const content = text(typeof message.content === 'string' ? message.content : plain(message.content));
    switch (message.role) {
        case 'system':
            return `SystemMessage.from(${content})`;
        case 'assistant':
            return message.tool_calls
                ? `AiMessage.from(List.of(${message.tool_calls.map(callOf).join(', ')}))`
                : `AiMessage.from(${content})`;
        case 'tool':
            return `ToolExecutionResultMessage.from(${text(message.tool_call_id ?? '')}, ${text(message.name ?? '')}, ${content})`;
        default:
            return imagesOf([message]).length > 0
                ? `UserMessage.from(${message.content.map(contentOf).join(', ')})`
                : `UserMessage.from(${content})`;
    }
}

/** @param {any} chunk */
function contentOf(chunk) {
    if (!isImage(chunk)) {
        return `TextContent.from(${text(chunk?.text ?? '')})`;
    }
    const url = addressOf(chunk);
    const data = /^data:([^;,]*);base64,/.exec(url.slice(0, 100));
    return data
        ? `ImageContent.from(${joined(url.slice(data[0].length))}, ${text(data[1])})`
        : `ImageContent.from(${joined(url)})`;
}

/** A constant of a class may have so many bytes. */
const MAX_CONSTANT = 60_000;

/** @param {string} value */
function joined(value) {
    const parts = [];
    for (let at = 0; at === 0 || at < value.length; at += MAX_CONSTANT) {
        parts.push(text(value.slice(at, at + MAX_CONSTANT)));
    }
    return parts.length === 1 ? parts[0] : `String.join("", ${parts.join(', ')})`;
}

/** @param {any} content */
function plain(content) {
    return Array.isArray(content) ? content.map((chunk) => chunk?.text ?? '').join('') : '';
}

/** @param {any} call */
function callOf(call) {
    const args = typeof call.function.arguments === 'string' ? call.function.arguments : JSON.stringify(call.function.arguments);
    return `ToolExecutionRequest.builder().id(${text(call.id)}).name(${text(call.function.name)}).arguments(${text(args)}).build()`;
}

/** @param {any} tool */
function toolOf(tool) {
    const described = tool.description ? `.description(${text(tool.description)})` : '';
    return `ToolSpecification.builder().name(${text(tool.name ?? '')})${described}.parameters(${objectOf(tool.parameters ?? {})}).build()`;
}

/** @param {any} given */
function choice(given) {
    return given === 'auto' ? 'AUTO' : given === 'none' ? 'NONE' : 'REQUIRED';
}

/** @param {any} given */
function formatOf(given) {
    if (!given || given.type === 'text') {
        return '';
    }
    if (given.type === 'json_object') {
        return 'ResponseFormat.JSON';
    }
    const {name, schema} = given.json_schema ?? {};
    return `ResponseFormat.builder().type(ResponseFormatType.JSON).jsonSchema(dev.langchain4j.model.chat.request.json.JsonSchema.builder()`
        + `.name(${text(name ?? '')}).rootElement(${raw(schema)}).build()).build()`;
}

/**
 * A schema as it is: LangChain4j's own classes write keys in an order of their own, and a model would read another prompt.
 * @param {any} schema
 * @returns {string}
 */
function raw(schema) {
    return `JsonRawSchema.from(${text(JSON.stringify(schema ?? {}))})`;
}

/**
 * The parameters of a tool, which the builder takes as an object only.
 * @param {any} schema
 * @returns {string}
 */
function objectOf(schema) {
    const fields = Object.entries(schema.properties ?? {}).map(([name, each]) => `.addProperty(${text(name)}, ${raw(each)})`);
    const required = (schema.required ?? []).map(text).join(', ');
    return `JsonObjectSchema.builder()${fields.join('')}${required ? `.required(${required})` : ''}.build()`;
}

/** What LangChain4j sends of a tool's parameters, in this order. */
const SENT = ['type', 'properties', 'required'];

/**
 * Whether LangChain4j sends the parameters of a tool as they are.
 * @param {any} tool
 */
function isRewritten(tool) {
    const schema = tool?.function?.parameters ?? {};
    return JSON.stringify(Object.keys(schema)) !== JSON.stringify(SENT.filter((name) => name in schema));
}

/**
 * @param {any} value
 * @param {'double'|'int'|'boolean'} type
 */
function number(value, type) {
    return type === 'double' && Number.isInteger(value) ? `${value}.0` : String(value);
}

/** @param {string} value */
function text(value) {
    return JSON.stringify(value ?? '').replace(/[\u007f-\uffff]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
