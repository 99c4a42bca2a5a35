// A request as a curl command.
import {imagesOf} from '../images.js';

/** Systems limit the length of a program's argument: Linux to 128 KiB. */
const MAX_ARGUMENT = 100_000;

/**
 * @param {import('./export.js').Exported} exported
 * @returns {string}
 */
export function curl({base, path, request, asksKey}) {
    const json = JSON.stringify(request, null, 2);
    const key = asksKey ? ' \\\n  -H "Authorization: Bearer $MISTRAL_API_KEY"' : '';
    const start = `curl ${base}${path} \\\n  -H 'Content-Type: application/json'${key} \\\n`;
    const hasImages = Array.isArray(request.messages) && imagesOf(request.messages).length > 0;
    return hasImages || json.length > MAX_ARGUMENT
        ? `${start}  --data-binary @- <<'REQUEST'\n${json}\nREQUEST\n`
        : `${start}  -d '${json.replaceAll("'", "'\\''")}'\n`;
}
