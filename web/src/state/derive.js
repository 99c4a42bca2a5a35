// A JSON Schema that an example value follows.

/**
 * @param {any} value
 * @returns {Record<string, any>}
 */
export function schemaOf(value) {
    if (value === null) {
        return {type: 'null'};
    }
    if (Array.isArray(value)) {
        return {type: 'array', items: itemsOf(value)};
    }
    switch (typeof value) {
        case 'object':
            return {
                type: 'object',
                properties: Object.fromEntries(Object.entries(value).map(([name, each]) => [name, schemaOf(each)])),
                required: Object.keys(value),
                additionalProperties: false,
            };
        case 'number':
            return {type: Number.isInteger(value) ? 'integer' : 'number'};
        case 'boolean':
            return {type: 'boolean'};
        default:
            return {type: 'string'};
    }
}

/** @param {any[]} values */
function itemsOf(values) {
    /** @type {Record<string, any>[]} */
    const kinds = [];
    for (const value of values) {
        const kind = schemaOf(value);
        if (!kinds.some((each) => JSON.stringify(each) === JSON.stringify(kind))) {
            kinds.push(kind);
        }
    }
    if (kinds.length === 2 && kinds.every((kind) => kind.type === 'integer' || kind.type === 'number')) {
        return {type: 'number'};
    }
    return kinds.length === 0 ? {} : kinds.length === 1 ? kinds[0] : {anyOf: kinds};
}
