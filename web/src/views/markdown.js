// Markdown of a model's answer as safe HTML. The libraries are fetched when the first answer is shown.

/** @typedef {{html: (markdown: string) => string, blocks: (markdown: string) => (() => string)[], code: (text: string, language: string) => string}} Renderer */

/** @type {Promise<Renderer>|null} */
let loading = null;

/** @type {Renderer|null} */
let ready = null;

/** @returns {Renderer|null} nothing until the libraries are there */
export function renderer() {
    void load();
    return ready;
}

/** @returns {Promise<Renderer>} */
export function load() {
    loading ??= import('../vendor/markdown.js').then((libraries) => {
        ready = make(libraries);
        return ready;
    });
    return loading;
}

/** Code longer than this is not coloured: that would take longer than a frame. */
const MAX_COLOURED = 40000;

/** Markup that answers may have. Nothing of it loads anything or runs anything. */
const ALLOWED = {
    ALLOWED_TAGS: [
        'p', 'br', 'hr', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'ul', 'ol', 'li', 'blockquote', 'pre', 'code', 'span', 'div', 'em', 'strong',
        's', 'del', 'table', 'thead', 'tbody', 'tr', 'th', 'td', 'a', 'button',
    ],
    ALLOWED_ATTR: ['href', 'class', 'start', 'title', 'rel', 'target', 'type', 'tabindex'],
    ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
    // These hold no addresses.
    ADD_URI_SAFE_ATTR: ['start', 'rel', 'target', 'type', 'tabindex'],
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
};

/**
 * @param {typeof import('../vendor/markdown.js')} libraries
 * @returns {Renderer}
 */
function make({MarkdownIt, DOMPurify, hljs}) {
    const escape = new MarkdownIt().utils.escapeHtml;
    const code = (/** @type {string} */ text, /** @type {string} */ language) =>
        language && hljs.getLanguage(language) && text.length <= MAX_COLOURED
            ? hljs.highlight(text, {language, ignoreIllegals: true}).value
            : escape(text);
    const markdown = new MarkdownIt({html: false, linkify: false, breaks: false});
    markdown.renderer.rules.fence = (/** @type {any[]} */ tokens, /** @type {number} */ at) => {
        const token = tokens[at];
        return block(escape, token.info.trim().split(/\s+/)[0] ?? '', code(token.content, token.info.trim().split(/\s+/)[0] ?? ''));
    };
    markdown.renderer.rules.code_block = (/** @type {any[]} */ tokens, /** @type {number} */ at) => block(escape, '', escape(tokens[at].content));
    // A picture would be fetched from elsewhere, so it is shown as the text it is.
    markdown.renderer.rules.image = (/** @type {any[]} */ tokens, /** @type {number} */ at) => escape(`![${tokens[at].content}](${tokens[at].attrGet('src') ?? ''})`);
    markdown.renderer.rules.link_open = (/** @type {any[]} */ tokens, /** @type {number} */ at, /** @type {any} */ options, /** @type {any} */ _env, /** @type {any} */ self) => {
        tokens[at].attrSet('rel', 'noopener noreferrer');
        tokens[at].attrSet('target', '_blank');
        return self.renderToken(tokens, at, options);
    };
    DOMPurify.addHook('afterSanitizeAttributes', (/** @type {Element} */ node) => {
        if (node.tagName === 'A') {
            node.setAttribute('target', '_blank');
            node.setAttribute('rel', 'noopener noreferrer');
        }
    });
    const html = (/** @type {string} */ text) => DOMPurify.sanitize(markdown.render(text), ALLOWED);
    /** The blocks of a text that was parsed as a whole; each is rendered when there is time. */
    const blocks = (/** @type {string} */ text) => {
        /** @type {any} */
        const environment = {};
        return outermost(markdown.parse(text, environment)).map(
            (tokens) => () => DOMPurify.sanitize(markdown.renderer.render(tokens, markdown.options, environment), ALLOWED));
    };
    return {html, blocks, code};
}

/**
 * Tokens, parted where one outermost block ends and the next begins.
 * @param {any[]} tokens
 */
function outermost(tokens) {
    /** @type {any[][]} */
    const parts = [];
    let depth = 0;
    for (const token of tokens) {
        if (depth === 0) {
            parts.push([]);
        }
        parts[parts.length - 1].push(token);
        depth += token.nesting;
    }
    return parts;
}

/**
 * @param {(text: string) => string} escape
 * @param {string} language
 * @param {string} content
 */
function block(escape, language, content) {
    return `<div class="code"><div class="code-head"><span>${escape(language)}</span><button type="button" class="quiet copy-code">Copy</button></div>`
        + `<pre tabindex="0"><code>${content}</code></pre></div>\n`;
}
