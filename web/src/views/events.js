// The events of a stream, as a list that renders only the rows in view.
import {html, useEffect, useLayoutEffect, useRef, useState} from '../vendor/ui.js';
import {MAX_EVENTS} from '../server/completions.js';
import {CopyButton, number} from './controls.js';

/** Height of a row in pixels, as in the style sheet. */
const ROW = 20;

/** Rows above and below those in view. */
const MARGIN = 8;

/** Characters of an event in its row; the chosen one is shown whole. */
const ROW_CHARS = 160;

/** Rows that the list shows at once, at least. */
const IN_VIEW = 20;

/** @param {{events: import('../server/completions.js').RawEvent[], count: number, live: boolean}} props */
export function Events({events, count, live}) {
    const [chosen, choose] = useState(-1);
    const list = useRef(/** @type {HTMLElement|null} */ (null));
    const [first, setFirst] = useState(0);
    const followsEnd = useRef(false);
    const known = useRef(/** @type {typeof events|null} */ (null));
    if (known.current !== events) {
        known.current = events;
        followsEnd.current = live;
    }
    useEffect(() => {
        choose(-1);
        setFirst(0);
    }, [events]);
    useLayoutEffect(() => {
        if (list.current && followsEnd.current) {
            list.current.scrollTop = events.length * ROW;
        }
    }, [events, events.length]);
    const onScroll = () => {
        const each = list.current;
        if (each) {
            const last = each.scrollHeight - each.scrollTop - each.clientHeight < ROW;
            followsEnd.current = live && last;
            if (!followsEnd.current) {
                setFirst(Math.floor(each.scrollTop / ROW));
            }
        }
    };
    const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
        const next = {ArrowDown: chosen + 1, ArrowUp: chosen - 1, Home: 0, End: events.length - 1}[event.key];
        if (next !== undefined && events.length > 0) {
            event.preventDefault();
            const row = Math.max(0, Math.min(events.length - 1, next));
            choose(row);
            reveal(list.current, row);
        }
    };
    const at = followsEnd.current ? events.length : first;
    const from = Math.max(0, Math.min(at, events.length - IN_VIEW) - MARGIN);
    const shown = events.slice(from, from + IN_VIEW + 2 * MARGIN);
    const id = (/** @type {number} */ row) => `event-${row}`;
    return html`
        <div class="row spread">
            <h2>Events <span class="tag">${number(count)}</span></h2>
            <${CopyButton} text=${() => events.map((each) => each.text).join('\n\n')} />
        </div>
        ${count > events.length && html`<p class="muted small">The first ${number(MAX_EVENTS)} events are kept.</p>`}
        <ol class="events" ref=${list} tabIndex="0" role="listbox" aria-label="Events of the stream: arrow keys choose one"
            aria-activedescendant=${chosen >= from && chosen < from + shown.length ? id(chosen) : undefined} onScroll=${onScroll} onKeyDown=${onKeyDown}>
            <li role="presentation" class="gap" style=${{height: `${from * ROW}px`}}></li>
            ${shown.map((each, i) => html`
                <li key=${i} id=${id(from + i)} role="option" aria-selected=${from + i === chosen} aria-setsize=${events.length} aria-posinset=${from + i + 1}
                    onClick=${() => choose(from + i)}><time>${each.millis.toFixed(1)} ms</time><span>${telling(each.text)}</span></li>`)}
            <li role="presentation" class="gap" style=${{height: `${(events.length - from - shown.length) * ROW}px`}}></li>
        </ol>
        ${events[chosen] && html`<pre class="event-text" tabIndex="0" aria-label="Chosen event">${whole(events[chosen].text)}</pre>`}`;
}

/** The fields before these are the same in every event of a stream. */
const TELLING = ['"delta":', '"completion_tokens":'];

/**
 * The part of an event that its row shows.
 * @param {string} text
 */
function telling(text) {
    const at = TELLING.map((each) => text.indexOf(each)).find((each) => each >= 0) ?? -1;
    const kind = text.startsWith('data: ') ? 'data' : ': metrics';
    return at < 0 ? text.slice(0, ROW_CHARS) : `${kind} … ${text.slice(at, at + ROW_CHARS)}`;
}

/**
 * @param {HTMLElement|null} list
 * @param {number} row
 */
function reveal(list, row) {
    if (list) {
        const top = row * ROW;
        list.scrollTop = Math.max(top + 2 * ROW - list.clientHeight, Math.min(list.scrollTop, top));
    }
}

/**
 * An event with its JSON laid out.
 * @param {string} text
 */
function whole(text) {
    const at = text.indexOf('{');
    try {
        return at < 0 ? text : text.slice(0, at) + JSON.stringify(JSON.parse(text.slice(at)), null, 2);
    } catch {
        return text;
    }
}
