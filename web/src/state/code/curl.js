// A request as a curl command.

/**
 * @param {import('./export.js').Exported} exported
 * @returns {string}
 */
export function curl({base, path, request, asksKey}) {
    const json = JSON.stringify(request, null, 2).replaceAll("'", "'\\''");
    const key = asksKey ? ' \\\n  -H "Authorization: Bearer $MISTRAL_API_KEY"' : '';
    return `curl ${base}${path} \\\n  -H 'Content-Type: application/json'${key} \\\n  -d '${json}'\n`;
}
