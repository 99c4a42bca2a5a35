// CodeMirror as an element. It lives in a shadow root, where its styles are style sheets made by script: in the page
// itself they would be inline styles, which the content security policy forbids.
import {locate} from './locate.js';

/** @typedef {{path: (string|number)[], message: string, offset?: number}} Mark */

class JsonEditor extends HTMLElement {
    constructor() {
        super();
        this.attachShadow({mode: 'open'});
        /** @type {any} */
        this.view = null;
        /** @type {any} */
        this.library = null;
        this.text = '';
        /** @type {Mark[]} */
        this.marks = [];
        /** @type {(text: string) => void} */
        this.changed = () => {};
        this.quiet = false;
    }

    connectedCallback() {
        if (!this.view) {
            void this.start();
        }
    }

    disconnectedCallback() {
        this.view?.destroy();
        this.view = null;
    }

    async start() {
        this.library = await import('../vendor/editor.js');
        if (!this.isConnected || this.view) {
            return;
        }
        const {EditorState, EditorView} = this.library;
        this.view = new EditorView({
            state: EditorState.create({doc: this.text, extensions: this.extensions()}),
            root: this.shadowRoot,
            parent: this.shadowRoot,
        });
        this.showMarks();
    }

    extensions() {
        const l = this.library;
        return [
            l.lineNumbers(), l.foldGutter(), l.history(), l.bracketMatching(), l.closeBrackets(), l.indentOnInput(), l.lintGutter(),
            l.highlightSpecialChars(), l.indentUnit.of('  '), l.json(), l.EditorView.lineWrapping, theme(l), highlighting(l),
            l.search({top: true}),
            // Tab moves on to the next control, as everywhere on the page.
            l.keymap.of([...l.closeBracketsKeymap, ...l.defaultKeymap, ...l.historyKeymap, ...l.foldKeymap, ...l.searchKeymap]),
            l.EditorView.contentAttributes.of({'aria-label': this.getAttribute('aria-label') ?? 'JSON', 'aria-multiline': 'true', tabindex: '0'}),
            l.EditorView.updateListener.of((/** @type {any} */ update) => {
                if (update.docChanged && !this.quiet) {
                    this.text = update.state.doc.toString();
                    this.changed(this.text);
                }
            }),
        ];
    }

    /** @param {string} text */
    setText(text) {
        this.text = text;
        if (this.view && this.view.state.doc.toString() !== text) {
            this.quiet = true;
            this.view.dispatch({changes: {from: 0, to: this.view.state.doc.length, insert: text}});
            this.quiet = false;
        }
        this.showMarks();
    }

    /** @param {Mark[]} marks */
    setMarks(marks) {
        this.marks = marks;
        this.showMarks();
    }

    showMarks() {
        if (!this.view) {
            return;
        }
        const {state} = this.view;
        const tree = this.library.ensureSyntaxTree(state, state.doc.length, 200) ?? this.library.syntaxTree(state);
        const found = this.marks.map((mark) => {
            const {from, to} = mark.offset === undefined
                ? locate(tree, state.doc, mark.path)
                : {from: Math.min(mark.offset, state.doc.length), to: Math.min(mark.offset + 1, state.doc.length)};
            return {from, to, severity: 'error', message: mark.message};
        });
        this.view.dispatch(this.library.setDiagnostics(state, found.sort((a, b) => a.from - b.from)));
    }
}

/** @param {any} l */
function theme(l) {
    return l.EditorView.theme({
        '&': {color: 'var(--text)', backgroundColor: 'transparent', fontSize: '13px', height: '100%'},
        '&.cm-focused': {outline: '2px solid var(--accent)', outlineOffset: '-2px'},
        '.cm-scroller': {fontFamily: 'var(--mono)', lineHeight: '1.5', minHeight: '8rem'},
        '.cm-content': {caretColor: 'var(--text)'},
        '.cm-gutters': {backgroundColor: 'transparent', color: 'var(--muted)', border: 'none'},
        '.cm-activeLine, .cm-activeLineGutter': {backgroundColor: 'transparent'},
        '.cm-matchingBracket': {backgroundColor: 'var(--accent-soft)', outline: '1px solid var(--accent)'},
        '.cm-tooltip': {backgroundColor: 'var(--raised)', color: 'var(--text)', border: '1px solid var(--line)'},
        '.cm-diagnostic-error': {borderLeft: '4px solid var(--bad)'},
        '.cm-lintRange-error': {backgroundImage: 'none', textDecoration: 'underline wavy var(--bad)', backgroundColor: 'var(--bad-soft)'},
        '.cm-lintPoint-error:after': {borderBottomColor: 'var(--bad)'},
        '.cm-foldPlaceholder': {backgroundColor: 'var(--sunken)', color: 'var(--muted)', border: '1px solid var(--line)'},
        '.cm-panels': {backgroundColor: 'var(--sunken)', color: 'var(--text)'},
    });
}

/** @param {any} l */
function highlighting(l) {
    return l.syntaxHighlighting(l.HighlightStyle.define([
        {tag: l.tags.propertyName, color: 'var(--s-name)'},
        {tag: l.tags.string, color: 'var(--s-string)'},
        {tag: l.tags.number, color: 'var(--s-number)'},
        {tag: [l.tags.bool, l.tags.null], color: 'var(--s-keyword)'},
    ]));
}

customElements.define('json-editor', JsonEditor);
export {JsonEditor};
