// Live figures of the current answer, and the events of its stream.
import {html, useEffect, useRef} from '../vendor/ui.js';
import {running} from '../state/chat.js';
import {shownPath} from '../state/session.js';
import {duration, number} from './controls.js';
import {Events} from './events.js';

export function StreamPanel() {
    const run = running.value;
    const facts = shownPath.value.findLast((node) => node.facts)?.facts;
    const now = run ? run.answer.value : facts;
    if (!now) {
        return html`<p class="muted">Figures and events of the latest answer appear here while it is written.</p>`;
    }
    const {metrics} = now;
    const wait = run?.answer.value.wait;
    return html`
        <div class="tiles" aria-label="Live metrics" role="group">
            <${Tile} label="in the queue" value=${duration(metrics?.queue_ms ?? wait?.millis)} />
            <${Tile} label="prompt tokens cached" value=${number(metrics?.cached_tokens)} />
            <${Tile} label="prompt tokens computed" value=${number(metrics?.computed_tokens)} />
            <${Tile} label="to the first token" value=${duration(metrics?.first_token_ms)} />
            <${Tile} label="tokens" value=${number(metrics?.completion_tokens)} />
            <${Tile} label="tokens/s" value=${number(metrics?.tokens_per_second)} />
            <${Tile} label="accepted drafts" value=${number(metrics?.accepted_drafts)} />
        </div>
        <p class="muted small">Measured by the engine. Request <span class="mono">${now.requestId}</span></p>
        <${RateChart} events=${now.events} count=${now.eventCount} />
        <${Events} events=${now.events} count=${now.eventCount} live=${run !== null} />`;
}

/** @param {{label: string, value: string}} props */
function Tile({label, value}) {
    return html`<div class="tile"><b>${value}</b><span>${label}</span></div>`;
}

/** The points of the chart, of as many events as have been looked at. */
class Rates {
    constructor() {
        /** @type {import('../server/completions.js').RawEvent[]} */
        this.events = [];
        this.seen = 0;
        this.before = {millis: 0, tokens: 0};
        /** @type {number[]} */
        this.times = [];
        /** @type {number[]} tokens a second, between one report of the engine and the next */
        this.values = [];
    }

    /**
     * Looks at the events that have come since the last call.
     * @param {import('../server/completions.js').RawEvent[]} events
     */
    take(events) {
        if (events !== this.events) {
            Object.assign(this, new Rates(), {events});
        }
        for (; this.seen < events.length; this.seen++) {
            const event = events[this.seen];
            if (event.text.startsWith(': metrics ')) {
                this.add(event.millis, Number(JSON.parse(event.text.slice(': metrics '.length)).completion_tokens));
            }
        }
    }

    /**
     * @param {number} millis
     * @param {number} tokens
     */
    add(millis, tokens) {
        const passed = millis - this.before.millis;
        if (tokens === this.before.tokens) {
            // The next report that has more counts the pause, too.
            return;
        }
        if (this.before.millis > 0 && passed > 50) {
            this.times.push(millis / 1000);
            this.values.push(((tokens - this.before.tokens) * 1000) / passed);
        }
        this.before = {millis, tokens};
    }
}

/** @param {{events: import('../server/completions.js').RawEvent[], count: number}} props */
function RateChart({events, count}) {
    const place = useRef(/** @type {HTMLElement|null} */ (null));
    const chart = useRef(/** @type {any} */ (null));
    const rates = useRef(/** @type {Rates|null} */ (null));
    rates.current ??= new Rates();
    rates.current.take(events);
    const {times, values} = rates.current;
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
    }, [times, times.length]);
    useEffect(() => () => chart.current?.destroy(), []);
    void count;
    return html`<div class="chart" ref=${place} role="img" aria-label=${`Tokens per second over time, lately ${number(values.at(-1))}`}></div>`;
}
