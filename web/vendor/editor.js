// The JSON editor.
export {EditorState, Compartment} from '@codemirror/state';
export {
    EditorView, keymap, lineNumbers, drawSelection, highlightActiveLine, highlightSpecialChars, placeholder,
} from '@codemirror/view';
export {defaultKeymap, history, historyKeymap} from '@codemirror/commands';
export {
    bracketMatching, foldGutter, foldKeymap, indentOnInput, indentUnit, syntaxHighlighting, syntaxTree, HighlightStyle,
    ensureSyntaxTree,
} from '@codemirror/language';
export {lintGutter, setDiagnostics, lintKeymap} from '@codemirror/lint';
export {searchKeymap, search} from '@codemirror/search';
export {closeBrackets, closeBracketsKeymap} from '@codemirror/autocomplete';
export {json} from '@codemirror/lang-json';
export {tags} from '@lezer/highlight';
