// A JSON editor as a component.
import {html, useEffect, useLayoutEffect, useRef} from '../vendor/ui.js';
import './json-editor.js';

/**
 * @param {{label: string, text: string, marks?: import('./json-editor.js').Mark[], change: (text: string) => void}} props
 *     `text` replaces what the editor holds whenever it changes
 */
export function JsonField({label, text, marks = [], change}) {
    const editor = useRef(/** @type {import('./json-editor.js').JsonEditor|null} */ (null));
    useLayoutEffect(() => {
        if (editor.current) {
            editor.current.changed = change;
        }
    });
    useLayoutEffect(() => {
        if (editor.current && editor.current.text !== text) {
            editor.current.setText(text);
        }
    }, [text]);
    useEffect(() => editor.current?.setMarks(marks), [JSON.stringify(marks)]);
    return html`<json-editor aria-label=${label} ref=${editor}></json-editor>`;
}
