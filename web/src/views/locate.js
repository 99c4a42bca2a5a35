// Finds the value at a path in JSON text, with CodeMirror's syntax tree.

/**
 * @param {any} tree
 * @param {any} doc
 * @param {(string|number)[]} path
 * @returns {{from: number, to: number}} of the value, or of the last one on the way to it that is there
 */
export function locate(tree, doc, path) {
    let node = tree.topNode.firstChild;
    let shown = node;
    for (const step of path) {
        const next = node && child(node, doc, step);
        // The server tells variants apart in its paths ("user" in messages.0.user.name): these are no keys.
        if (next) {
            node = next.value;
            shown = next.shown;
        }
    }
    if (!shown || shown.from === shown.to || shown === tree.topNode.firstChild) {
        return {from: 0, to: Math.min(1, doc.length)};
    }
    return {from: shown.from, to: Math.min(shown.to, doc.lineAt(shown.from).to)};
}

/**
 * @param {any} node
 * @param {any} doc
 * @param {string|number} step
 */
function child(node, doc, step) {
    if (node.name === 'Object' && typeof step === 'string') {
        for (let each = node.firstChild; each; each = each.nextSibling) {
            const name = each.name === 'Property' && each.firstChild;
            if (name && unquoted(doc.sliceString(name.from, name.to)) === step) {
                return {value: each.lastChild, shown: each};
            }
        }
    }
    if (node.name === 'Array') {
        let at = 0;
        for (let each = node.firstChild; each; each = each.nextSibling) {
            if (!['[', ']', ',', '⚠'].includes(each.name) && at++ === Number(step)) {
                return {value: each, shown: each};
            }
        }
    }
    return null;
}

/** @param {string} text */
function unquoted(text) {
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}

/**
 * The steps of a JSON pointer.
 * @param {string} pointer
 * @returns {string[]}
 */
export function steps(pointer) {
    return pointer.split('/').slice(1).map((step) => decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~'));
}
