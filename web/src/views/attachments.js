// The images of the message that is being written: attached by a button, from the clipboard, by dragging, by address.
import {html, signal, useRef, useSignal} from '../vendor/ui.js';
import {readImage, refusedAddress, told, tooMuch} from '../state/image-files.js';
import {addressOf, detailOf, imageChunk, imagesOf, rules} from '../state/images.js';
import {card} from '../state/models.js';
import {attachments, parameters, said} from '../state/session.js';
import {freshId} from '../state/tree.js';
import {chooseFiles} from './controls.js';
import {Picture} from './pictures.js';

/** @typedef {import('../state/images.js').Attachment} Attachment */

/** Why the last images were not taken, a line each. */
/** @type {import('../vendor/ui.js').Signal<string[]>} */
export const notTaken = signal([]);

/** Why the model takes no images; empty where it does. */
function blind() {
    const model = card(parameters.value.model ?? '');
    return model?.capabilities.vision
        ? ''
        : `${model?.id ?? 'This model'} reads no images. Choose a model that can do “vision”, or serve one with its image encoder (--mmproj).`;
}

/**
 * Adds images one after the other, as far as the server's rules allow.
 * @param {{name: string, url: () => Promise<string>}[]} wanted
 */
async function attach(wanted) {
    const reason = blind();
    if (reason) {
        notTaken.value = [reason];
        return;
    }
    const refused = [];
    for (const {name, url} of wanted) {
        try {
            const chunk = imageChunk(await url(), '');
            const all = [...imagesOf(said.value), ...attachments.value.map((each) => each.chunk), chunk];
            const excess = rules.value ? tooMuch(all, rules.value) : '';
            if (excess) {
                throw new Error(excess);
            }
            attachments.value = [...attachments.value, {id: freshId(), name, chunk}];
        } catch (error) {
            refused.push(error instanceof Error ? error.message : String(error));
        }
    }
    notTaken.value = refused;
}

/** @param {Iterable<File>} files */
export function attachFiles(files) {
    return attach([...files].map((file) => ({name: file.name, url: () => readImage(file, rules.value)})));
}

/**
 * Takes the files of a paste or of a drop, and leaves texts to the browser.
 * @param {Event} event
 * @param {DataTransfer|null} data
 */
export function takeFiles(event, data) {
    if (data && data.files.length > 0) {
        event.preventDefault();
        void attachFiles(data.files);
    }
}

export function AttachButtons() {
    const reason = blind();
    const asksAddress = useSignal(false);
    const choose = () => {
        if (reason) {
            notTaken.value = [reason];
        } else {
            chooseFiles((rules.value?.media_types ?? ['image/*']).join(','), (files) => void attachFiles(files));
        }
    };
    const help = reason || (rules.value ? told(rules.value) : '');
    return html`
        <button type="button" class="quiet" aria-disabled=${reason !== ''} aria-describedby="attach-help" title=${help} onClick=${choose}>Attach images</button>
        ${!reason && (rules.value?.hosts.length ?? 0) > 0 && html`
            <button type="button" class="quiet" aria-expanded=${asksAddress.value} onClick=${() => { asksAddress.value = !asksAddress.value; }}>By address</button>`}
        <span id="attach-help" class="visually-hidden">${help}</span>
        ${asksAddress.value && !reason && html`<${AddressField} close=${() => { asksAddress.value = false; }} />`}`;
}

/** @param {{close: () => void}} props */
function AddressField({close}) {
    const field = useRef(/** @type {HTMLInputElement|null} */ (null));
    const hosts = rules.value?.hosts ?? [];
    const add = async () => {
        const url = field.current?.value.trim() ?? '';
        const refused = refusedAddress(url, hosts);
        if (refused) {
            notTaken.value = [refused];
            return;
        }
        await attach([{name: url, url: () => Promise.resolve(url)}]);
        close();
        document.getElementById('message')?.focus();
    };
    const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
        if (event.key === 'Enter') {
            event.preventDefault();
            void add();
        } else if (event.key === 'Escape') {
            close();
        }
    };
    return html`
        <div class="row address">
            <label class="grow">Address of an image, from ${hosts.join(', ')}
                <input type="url" ref=${(/** @type {HTMLInputElement|null} */ each) => { if (each && !field.current) { each.focus(); } field.current = each; }}
                    placeholder="https://" onKeyDown=${onKeyDown} /></label>
            <button type="button" onClick=${add}>Add</button>
        </div>`;
}

export function Attachments() {
    const all = attachments.value;
    const reason = blind();
    return html`
        ${notTaken.value.length > 0 && html`
            <div class="notice bad not-taken" role="alert">
                ${notTaken.value.map((each) => html`<p>${each}</p>`)}
                <button type="button" class="quiet" onClick=${() => { notTaken.value = []; }}>Dismiss</button>
            </div>`}
        ${all.length > 0 && html`
            <ul class="attachments" aria-label="Images of this message">
                ${all.map((each, i) => html`<${Preview} key=${each.id} attachment=${each} index=${i} />`)}
            </ul>
            <p class=${`small ${reason ? 'error' : 'muted'}`}>${reason || (rules.value ? told(rules.value) : '')}</p>`}
        <p class="visually-hidden" role="status">${all.length === 0 ? '' : `${all.length} ${all.length === 1 ? 'image' : 'images'} attached`}</p>`;
}

const DETAILS = [['', 'detail unset'], ['auto', 'auto'], ['low', 'low'], ['high', 'high']];

/** @param {{attachment: Attachment, index: number}} props */
function Preview({attachment, index}) {
    const url = addressOf(attachment.chunk);
    const remove = () => {
        attachments.value = attachments.value.filter((each) => each.id !== attachment.id);
        document.getElementById('message')?.focus();
    };
    const setDetail = (/** @type {any} */ event) => {
        const chunk = imageChunk(url, event.target.value);
        attachments.value = attachments.value.map((each) => (each.id === attachment.id ? {...each, chunk} : each));
    };
    return html`
        <li>
            <${Picture} url=${url} name=${`Image ${index + 1}`} />
            <span class="small file-name" title=${attachment.name}>${attachment.name || `Image ${index + 1}`}</span>
            <div class="row">
                <select aria-label=${`Detail of image ${index + 1}`} value=${detailOf(attachment.chunk)} onChange=${setDetail}>
                    ${DETAILS.map(([value, label]) => html`<option key=${value} value=${value}>${label}</option>`)}
                </select>
                <button type="button" class="quiet" aria-label=${`Remove image ${index + 1}`} onClick=${remove}>Remove</button>
            </div>
        </li>`;
}
