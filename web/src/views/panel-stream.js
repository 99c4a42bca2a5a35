// Live figures of the answer at hand, and the events of its stream.
import {html, useEffect, useRef, useSignal} from '../vendor/ui.js';
import {running} from '../state/chat.js';
import {shownPath} from '../state/session.js';
import {MAX_EVENTS} from '../server/completions.js';
import {CopyButton, duration, number} from './controls.js';

const SHOWN = 300;

export function StreamPanel() {
    const run = running.value;
    const facts = shownPath.value.findLast((node) => node.facts)?.facts;
    const now = run ? run.answer.value : facts;
    if (!now) {
        return html`<p class="muted">Figures and events of the latest answer appear here while it is written.</p>`;
    }
    const {metrics} = now;
    return html`
        <div class="tiles" aria-label="Live metrics" role="group">
            <${Tile} label="in the queue" value=${duration(metrics?.queue_ms)} />
            <${Tile} label="prompt tokens cached" value=${number(metrics?.cached_tokens)} />
            <${Tile} label="prompt tokens computed" value=${number(metrics?.computed_tokens)} />
            <${Tile} label="to the first token" value=${duration(metrics?.first_token_ms)} />
            <${Tile} label="tokens" value=${number(metrics?.completion_tokens)} />
            <${Tile} label="tokens/s" value=${number(metrics?.tokens_per_second)} />
            <${Tile} label="accepted drafts" value=${number(metrics?.accepted_drafts)} />
        </div>
        <p class="muted small">Measured by the engine. Request <span class="mono">${now.requestId}</span></p>
        <${RateChart} events=${now.events} count=${now.eventCount} />
        <${Events} events=${now.events} count=${now.eventCount} />`;
}

/** @param {{label: string, value: string}} props */
function Tile({label, value}) {
    return html`<div class="tile"><b>${value}</b><span>${label}</span></div>`;
}

/** @param {{events: import('../server/completions.js').RawEvent[], count: number}} props */
function Events({events, count}) {
    const all = useSignal(false);
    const list = useRef(/** @type {HTMLElement|null} */ (null));
    const shown = all.value ? events : events.slice(-SHOWN);
    return html`
        <div class="row spread">
            <h2>Events <span class="tag">${number(count)}</span></h2>
            <span>
                ${events.length > SHOWN && html`<button type="button" class="quiet" onClick=${() => { all.value = !all.value; }}>${all.value ? `Latest ${SHOWN}` : `All ${number(events.length)}`}</button>`}
                <${CopyButton} text=${() => events.map((each) => each.text).join('\n\n')} />
            </span>
        </div>
        ${count > events.length && html`<p class="muted small">The first ${number(MAX_EVENTS)} events are kept.</p>`}
        <ol class="events" ref=${list} tabIndex="0" aria-label="Events of the stream">
            ${shown.map((each, i) => html`<li key=${all.value ? i : events.length - shown.length + i}><time>${each.millis.toFixed(1)} ms</time><span>${each.text}</span></li>`)}
        </ol>`;
}

/**
 * Tokens a second, between one report of the engine and the next.
 * @param {import('../server/completions.js').RawEvent[]} events
 * @returns {[number[], number[]]}
 */
function rates(events) {
    /** @type {number[]} */
    const times = [];
    /** @type {number[]} */
    const values = [];
    let before = {millis: 0, tokens: 0};
    for (const event of events) {
        if (event.text.startsWith(': metrics ')) {
            const tokens = Number(JSON.parse(event.text.slice(': metrics '.length)).completion_tokens);
            const now = {millis: event.millis, tokens};
            if (before.millis > 0 && now.millis - before.millis > 50) {
                times.push(now.millis / 1000);
                values.push(((now.tokens - before.tokens) * 1000) / (now.millis - before.millis));
            }
            before = now;
        }
    }
    return [times, values];
}

/** @param {{events: import('../server/completions.js').RawEvent[], count: number}} props */
function RateChart({events, count}) {
    const place = useRef(/** @type {HTMLElement|null} */ (null));
    const chart = useRef(/** @type {any} */ (null));
    const [times, values] = rates(events);
    useEffect(() => {
        let wanted = true;
        void import('../vendor/chart.js').then(({uPlot}) => {
            if (!wanted || !place.current || times.length < 2) {
                return;
            }
            const style = getComputedStyle(document.documentElement);
            const axis = {stroke: style.getPropertyValue('--muted'), grid: {stroke: style.getPropertyValue('--line')}};
            chart.current ??= new uPlot({
                width: place.current.clientWidth || 300, height: 150, scales: {x: {time: false}}, legend: {show: false}, cursor: {show: false},
                series: [{label: 's'}, {label: 'tokens/s', stroke: style.getPropertyValue('--accent'), width: 2, fill: style.getPropertyValue('--accent-soft')}],
                axes: [{...axis, label: 'seconds', labelSize: 18}, {...axis, size: 48}],
            }, [times, values], place.current);
            chart.current.setData([times, values]);
        });
        return () => { wanted = false; };
    }, [Math.floor(times.length)]);
    useEffect(() => () => chart.current?.destroy(), []);
    void count;
    return html`<div class="chart" ref=${place} role="img" aria-label=${`Tokens per second over time, lately ${number(values.at(-1))}`}></div>`;
}
