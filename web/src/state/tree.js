// A conversation as a tree: every edit and every new answer is a branch, so nothing is lost.

/**
 * @typedef {object} AnswerFacts what is known of an answer besides its message
 * @property {string} requestId
 * @property {string} model
 * @property {string} finishReason
 * @property {Record<string, any>|null} usage
 * @property {import('../server/completions.js').Metrics|null} metrics
 * @property {import('../server/completions.js').ScoredToken[]} tokens
 * @property {import('../server/completions.js').RawEvent[]} events
 * @property {number} eventCount
 * @property {import('../server/connection.js').Refusal|null} error
 * @property {boolean} stopped by the user
 * @property {Record<string, unknown>} request as it was sent
 */

/**
 * @typedef {object} Node
 * @property {string} id
 * @property {string} parent empty for a root
 * @property {Record<string, any>} message as it is sent
 * @property {string} group answers to one request are a group and stand in columns
 * @property {AnswerFacts|null} facts of an answer
 */

/**
 * @typedef {object} Tree
 * @property {Record<string, Node>} nodes
 * @property {string} leaf end of the path shown; empty where nothing is
 */

/** @returns {Tree} */
export function emptyTree() {
    return {nodes: {}, leaf: ''};
}

/** @returns {string} */
export function freshId() {
    return crypto.randomUUID();
}

/**
 * The nodes from the root to a leaf.
 * @param {Tree} tree
 * @param {string} [leaf]
 * @returns {Node[]}
 */
export function path(tree, leaf = tree.leaf) {
    const nodes = [];
    for (let id = leaf; id && tree.nodes[id] && nodes.length < 10000; id = tree.nodes[id].parent) {
        nodes.push(tree.nodes[id]);
    }
    return nodes.reverse();
}

/**
 * @param {Tree} tree
 * @param {string} parent
 * @returns {Node[]} in the order they were added
 */
export function children(tree, parent) {
    return Object.values(tree.nodes).filter((node) => node.parent === parent);
}

/**
 * @param {Tree} tree
 * @param {string} parent
 * @param {Record<string, any>} message
 * @param {{group?: string, facts?: AnswerFacts|null}} [more]
 * @returns {[Tree, string]} the new tree, which ends in the new node, and the node's id
 */
export function add(tree, parent, message, more = {}) {
    const id = freshId();
    const node = {id, parent, message, group: more.group ?? id, facts: more.facts ?? null};
    return [{nodes: {...tree.nodes, [id]: node}, leaf: id}, id];
}

/**
 * @param {Tree} tree
 * @param {string} id
 * @param {Partial<Node>} change
 * @returns {Tree}
 */
export function change(tree, id, change) {
    return {...tree, nodes: {...tree.nodes, [id]: {...tree.nodes[id], ...change}}};
}

/**
 * The tree with another branch shown: the latest one below a node.
 * @param {Tree} tree
 * @param {string} id
 * @returns {Tree}
 */
export function show(tree, id) {
    let leaf = id;
    for (let below = children(tree, leaf); below.length > 0; below = children(tree, leaf)) {
        leaf = below[below.length - 1].id;
    }
    return {...tree, leaf};
}

/**
 * The branches at a node: one node for each group of siblings.
 * @param {Tree} tree
 * @param {Node} node
 * @returns {Node[]}
 */
export function branches(tree, node) {
    const seen = new Set();
    return children(tree, node.parent).filter((each) => !seen.has(each.group) && seen.add(each.group));
}

/**
 * Removes a node and all below it.
 * @param {Tree} tree
 * @param {string} id
 * @returns {Tree}
 */
export function remove(tree, id) {
    const gone = new Set([id]);
    for (let grown = true; grown;) {
        grown = false;
        for (const node of Object.values(tree.nodes)) {
            if (gone.has(node.parent) && !gone.has(node.id)) {
                gone.add(node.id);
                grown = true;
            }
        }
    }
    const parent = tree.nodes[id]?.parent ?? '';
    const nodes = Object.fromEntries(Object.entries(tree.nodes).filter(([key]) => !gone.has(key)));
    return gone.has(tree.leaf) ? show({nodes, leaf: parent}, parent) : {nodes, leaf: tree.leaf};
}

/**
 * The tree with a path that has exactly these messages: as much of the shown path is kept as is the same, and the rest
 * becomes a new branch.
 * @param {Tree} tree
 * @param {Record<string, any>[]} messages
 * @returns {Tree}
 */
export function withMessages(tree, messages) {
    const shown = path(tree);
    let same = 0;
    while (same < shown.length && same < messages.length && equal(shown[same].message, messages[same])) {
        same++;
    }
    if (same === messages.length && same === shown.length) {
        return tree;
    }
    let grown = {...tree, leaf: same > 0 ? shown[same - 1].id : ''};
    for (const message of messages.slice(same)) {
        const known = children(grown, grown.leaf).find((each) => equal(each.message, message));
        grown = known ? {...grown, leaf: known.id} : add(grown, grown.leaf, message)[0];
    }
    return grown;
}

/**
 * @param {unknown} a
 * @param {unknown} b
 */
export function equal(a, b) {
    return JSON.stringify(a) === JSON.stringify(b);
}

/**
 * Reads a tree from a file; refuses anything else.
 * @param {any} value
 * @returns {Tree}
 */
export function readTree(value) {
    /** @type {Record<string, Node>} */
    const nodes = {};
    for (const [id, node] of Object.entries(value?.nodes ?? {})) {
        const message = node?.message;
        if (typeof message !== 'object' || message === null || typeof message.role !== 'string') {
            throw new Error(`node ${id} has no message with a role`);
        }
        if (typeof node.parent !== 'string' || (node.parent !== '' && !(node.parent in value.nodes))) {
            throw new Error(`node ${id} has a parent that is not in the file`);
        }
        nodes[id] = {id, parent: node.parent, message, group: String(node.group ?? id), facts: readFacts(node.facts)};
    }
    for (const id of Object.keys(nodes)) {
        const seen = new Set();
        for (let at = id; at; at = nodes[at].parent) {
            if (seen.has(at)) {
                throw new Error(`node ${id} is its own ancestor`);
            }
            seen.add(at);
        }
    }
    const leaf = typeof value?.leaf === 'string' && value.leaf in nodes ? value.leaf : '';
    return leaf ? {nodes, leaf} : show({nodes, leaf: ''}, '');
}

/**
 * @param {any} facts
 * @returns {AnswerFacts|null}
 */
function readFacts(facts) {
    if (typeof facts !== 'object' || facts === null) {
        return null;
    }
    return {
        requestId: String(facts.requestId ?? ''),
        model: String(facts.model ?? ''),
        finishReason: String(facts.finishReason ?? ''),
        usage: typeof facts.usage === 'object' ? facts.usage : null,
        metrics: typeof facts.metrics === 'object' ? facts.metrics : null,
        tokens: Array.isArray(facts.tokens) ? facts.tokens : [],
        events: Array.isArray(facts.events) ? facts.events : [],
        eventCount: Number(facts.eventCount ?? 0),
        error: typeof facts.error === 'object' ? facts.error : null,
        stopped: Boolean(facts.stopped),
        request: typeof facts.request === 'object' && facts.request !== null ? facts.request : {},
    };
}

/**
 * The messages of nodes as they are sent, without answers that never arrived.
 * @param {Node[]} nodes
 * @returns {Record<string, any>[]}
 */
export function sendable(nodes) {
    return nodes
        .map((node) => node.message)
        .filter((message) => message.role !== 'assistant' || textOf(message) !== '' || thoughtsOf(message) !== '' || message.tool_calls);
}

/**
 * The text of a message: its text chunks joined.
 * @param {Record<string, any>} message
 * @returns {string}
 */
export function textOf(message) {
    const content = message.content;
    if (Array.isArray(content)) {
        return content.map((chunk) => chunk?.type === 'text' || chunk?.text ? String(chunk.text ?? '') : '').join('');
    }
    return typeof content === 'string' ? content : '';
}

/**
 * The thoughts in a message.
 * @param {Record<string, any>} message
 * @returns {string}
 */
export function thoughtsOf(message) {
    if (!Array.isArray(message.content)) {
        return '';
    }
    return message.content
        .flatMap((chunk) => (chunk?.type === 'thinking' && Array.isArray(chunk.thinking) ? chunk.thinking : []))
        .map((chunk) => String(chunk?.text ?? ''))
        .join('');
}
