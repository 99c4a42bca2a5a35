// Images of messages. Only data of formats in which nothing runs is shown, and nothing is loaded from elsewhere.
import {html, signal, useEffect, useRef} from '../vendor/ui.js';
import {isShown} from '../state/image-files.js';

/** The image that is shown large; empty for none. */
const enlarged = signal({url: '', name: ''});

/** @param {{url: string, name: string}} props */
export function Picture({url, name}) {
    if (!isShown(url)) {
        const what = url.startsWith('data:') ? 'data that is no image this page shows' : url;
        return html`<span class="picture elsewhere" role="img" aria-label=${`${name}: ${what}`}><span class="small mono">${what.slice(0, 200)}</span></span>`;
    }
    return html`
        <button type="button" class="picture" aria-label=${`Enlarge: ${name}`} onClick=${() => { enlarged.value = {url, name}; }}>
            <img src=${url} alt=${name} decoding="async" />
        </button>`;
}

export function EnlargedPicture() {
    const dialog = useRef(/** @type {HTMLDialogElement|null} */ (null));
    const {url, name} = enlarged.value;
    useEffect(() => {
        if (url) {
            dialog.current?.showModal();
        }
    }, [url]);
    return html`
        <dialog ref=${dialog} class="enlarged" aria-label=${name || 'Image'} onClose=${() => { enlarged.value = {url: '', name: ''}; }}>
            ${url && html`<img src=${url} alt=${name} />`}
            <form method="dialog"><button>Close</button></form>
        </dialog>`;
}
