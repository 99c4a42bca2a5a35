// Server-sent events over fetch: EventSource can send neither a body nor a key.

/**
 * @typedef {object} StreamEvent
 * @property {string} event its name, empty for most
 * @property {string} data
 * @property {string} comment the text of a comment, which has no data
 */

/** Reads events out of text that comes in pieces. */
export class EventReader {
    /** @param {(event: StreamEvent) => void} take */
    constructor(take) {
        this.take = take;
        this.rest = '';
    }

    /** @param {string} text */
    push(text) {
        const blocks = (this.rest + text).split('\n\n');
        this.rest = blocks.pop() ?? '';
        for (const block of blocks) {
            this.read(block);
        }
    }

    /** @param {string} block */
    read(block) {
        let event = '';
        const data = [];
        const comments = [];
        for (const line of block.split('\n')) {
            if (line.startsWith('data:')) {
                data.push(line.slice(5).replace(/^ /, ''));
            } else if (line.startsWith('event:')) {
                event = line.slice(6).trim();
            } else if (line.startsWith(':')) {
                comments.push(line.slice(1).trim());
            }
        }
        if (data.length > 0 || comments.length > 0) {
            this.take({event, data: data.join('\n'), comment: comments.join('\n')});
        }
    }
}

/** How long events may be read before the page is drawn again. */
const TURN_MILLIS = 6;

/** Lets the page be drawn and used. */
function pause() {
    return new Promise((resolve) => { window.setTimeout(resolve, 0); });
}

/**
 * Reads a response to its end.
 * @param {Response} response
 * @param {(event: StreamEvent) => void} take
 */
export async function readEvents(response, take) {
    if (!response.body) {
        throw new Error('the answer has no body');
    }
    const reader = new EventReader(take);
    const decoder = new TextDecoder();
    const source = response.body.getReader();
    let turn = performance.now();
    for (;;) {
        const asked = performance.now();
        const {done, value} = await source.read();
        if (done) {
            return;
        }
        const now = performance.now();
        // Buffered events arrive without waiting; all of them would be read before the next frame.
        if (now - asked > 1) {
            turn = now;
        } else if (now - turn > TURN_MILLIS) {
            await pause();
            turn = performance.now();
        }
        reader.push(decoder.decode(value, {stream: true}));
    }
}
