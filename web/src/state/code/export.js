// Programs that send exactly one request.
import {curl} from './curl.js';
import {java} from './java.js';
import {python} from './python.js';
import {typescript} from './typescript.js';

/**
 * @typedef {object} Exported
 * @property {string} base address of the server
 * @property {string} path
 * @property {Record<string, any>} request
 * @property {boolean} asksKey whether the server asks for a key
 */

/** @type {{id: string, label: string, language: string, file: string, write: (exported: Exported) => string}[]} */
export const LANGUAGES = [
    {id: 'curl', label: 'curl', language: 'bash', file: 'ask.sh', write: curl},
    {id: 'python', label: 'Python', language: 'python', file: 'ask.py', write: python},
    {id: 'typescript', label: 'TypeScript', language: 'typescript', file: 'ask.mts', write: typescript},
    {id: 'java', label: 'Java (LangChain4j)', language: 'java', file: 'Ask.java', write: java},
];
