// Writes an answer into the page while it grows. What is complete is rendered once; only the last, open block is drawn
// again, so that the cost of a token does not grow with the answer.
import {renderer} from './markdown.js';

/** Open blocks longer than this are shown as plain text until they are complete. */
const MAX_OPEN = 3000;

/** A stretch of plain text: a new one keeps the layout of those before it. */
const SEGMENT = 4000;

/** Answers no longer than this are rendered anew as one text when they are complete. */
const MAX_WHOLE = 30000;

/** Answers no longer than this are rendered anew at once; longer ones block by block, for part of each frame. */
const MAX_AT_ONCE = 3000;

/** How much of a frame's 16 ms rendering may take. */
const SLICE_MILLIS = 5;

export class AnswerWriter {
    /** @param {HTMLElement} element */
    constructor(element) {
        this.element = element;
        this.text = '';
        /** Where the open block begins. */
        this.open = 0;
        /** How far the text has been searched for ends of blocks: a beginning of a line. */
        this.searched = 0;
        this.fence = '';
        /** How much of the open block is shown as plain text. */
        this.plain = 0;
        this.tail = document.createElement('div');
        this.tail.className = 'block';
        element.replaceChildren(this.tail);
    }

    /**
     * @param {string} text all of it so far
     * @param {boolean} complete
     */
    write(text, complete) {
        const render = renderer();
        if (!render) {
            this.element.textContent = text;
            this.element.classList.add('segment');
            return false;
        }
        if (!text.startsWith(this.text) || this.element.classList.contains('segment')) {
            this.restart();
        }
        // A finished answer that is opened, rather than written, is rendered at once.
        const opened = this.text === '';
        this.text = text;
        if (complete && text.length <= (opened ? MAX_WHOLE : MAX_AT_ONCE)) {
            this.element.innerHTML = render.html(text);
            return true;
        }
        this.settle(render, complete);
        this.drawOpen(render);
        if (complete && text.length <= MAX_WHOLE) {
            this.renderWhole(render);
        }
        return true;
    }

    /**
     * Renders the text anew as a whole, which knows what its parts did not: links by reference, lists over empty lines.
     * What was written so far stays in the page until that is done.
     * @param {import('./markdown.js').Renderer} render
     */
    renderWhole(render) {
        const {text} = this;
        const blocks = render.blocks(text);
        const whole = document.createDocumentFragment();
        const step = () => {
            if (this.text !== text) {
                return;
            }
            for (const until = performance.now() + SLICE_MILLIS; blocks.length > 0 && performance.now() < until;) {
                const block = document.createElement('div');
                block.className = 'block';
                block.innerHTML = blocks.shift()?.() ?? '';
                whole.append(block);
            }
            if (blocks.length > 0) {
                requestAnimationFrame(step);
            } else {
                this.element.replaceChildren(whole);
            }
        };
        requestAnimationFrame(step);
    }

    restart() {
        this.element.classList.remove('segment');
        this.open = 0;
        this.searched = 0;
        this.fence = '';
        this.text = '';
        this.resetTail();
        this.element.replaceChildren(this.tail);
    }

    resetTail() {
        this.plain = 0;
        this.tail = document.createElement('div');
        this.tail.className = 'block';
    }

    /**
     * Renders every block that has become complete.
     * @param {import('./markdown.js').Renderer} render
     * @param {boolean} complete
     */
    settle(render, complete) {
        for (let end = this.text.indexOf('\n', this.searched); end >= 0; end = this.text.indexOf('\n', this.searched)) {
            const line = this.text.slice(this.searched, end);
            const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1] ?? '';
            this.searched = end + 1;
            if (this.fence) {
                if (mark && mark[0] === this.fence[0] && mark.length >= this.fence.length && line.trim() === mark) {
                    this.fence = '';
                    this.close(render, end + 1);
                }
            } else if (mark) {
                this.fence = mark;
            } else if (line.trim() === '' && end > this.open) {
                this.close(render, end + 1);
            }
        }
        if (complete) {
            this.close(render, this.text.length);
        }
    }

    /**
     * @param {import('./markdown.js').Renderer} render
     * @param {number} end
     */
    close(render, end) {
        const block = this.text.slice(this.open, end);
        this.open = end;
        if (block.trim() === '') {
            return;
        }
        if (this.plain === 0 || block.length <= MAX_WHOLE) {
            this.tail.innerHTML = render.html(block);
        } else {
            this.appendPlain(block);
        }
        this.resetTail();
        this.element.append(this.tail);
    }

    /** @param {import('./markdown.js').Renderer} render */
    drawOpen(render) {
        const block = this.text.slice(this.open);
        if (this.plain === 0 && block.length <= MAX_OPEN) {
            this.tail.innerHTML = render.html(block);
            return;
        }
        if (this.plain === 0) {
            this.tail.replaceChildren();
        }
        this.appendPlain(block);
    }

    /** @param {string} block */
    appendPlain(block) {
        let fresh = block.slice(this.plain);
        this.plain = block.length;
        while (fresh) {
            let segment = this.tail.lastElementChild;
            const room = SEGMENT - Number(segment?.childNodes.length ? segment.textContent?.length : SEGMENT);
            if (!segment || room <= 0) {
                segment = document.createElement('div');
                segment.className = `segment block${this.fence ? ' mono' : ''}`;
                this.tail.append(segment);
            }
            const taken = fresh.slice(0, room > 0 ? room : SEGMENT);
            segment.append(taken);
            fresh = fresh.slice(taken.length);
        }
    }
}
