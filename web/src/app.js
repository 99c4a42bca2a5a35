// The playground: shows the page that is chosen, and listens to keys.
import {html, render, useEffect, useRef} from './vendor/ui.js';
import {loadRules} from './state/images.js';
import {keepInspecting} from './state/inspection.js';
import {readLink} from './state/link.js';
import {loadModels} from './state/models.js';
import {keepConversations} from './state/session.js';
import {keepTheme, nextTheme} from './state/theme.js';
import {Chat} from './views/chat.js';
import {Compare} from './views/compare.js';
import {Gap} from './views/gap.js';
import {Header} from './views/header.js';
import {Help} from './views/help.js';
import {Log} from './views/log.js';
import {load} from './views/markdown.js';
import {page, PAGES, panelOpen} from './views/navigation.js';
import {Rows} from './views/rows.js';
import {Side} from './views/side.js';

function App() {
    const help = useRef(/** @type {HTMLDialogElement|null} */ (null));
    useEffect(() => {
        const onKeyDown = (/** @type {KeyboardEvent} */ event) => {
            if (event.altKey && !event.ctrlKey && !event.metaKey && shortcut(event, help.current)) {
                event.preventDefault();
            }
        };
        document.addEventListener('keydown', onKeyDown);
        return () => document.removeEventListener('keydown', onKeyDown);
    }, []);
    return html`
        <a class="skip" href="#page-panel" onClick=${skip}>Skip to the page</a>
        <${Header} showHelp=${() => help.current?.showModal()} />
        <main><div class="main" id="page-panel" role="tabpanel" tabIndex="-1" aria-labelledby=${`page-tab-${page.value}`}><${Page} /></div></main>
        <${Help} dialog=${help} />`;
}

function Page() {
    switch (page.value) {
        case 'compare':
            return html`<${Compare} />`;
        case 'rows':
            return html`<${Rows} />`;
        case 'gap':
            return html`<${Gap} />`;
        case 'log':
            return html`<${Log} />`;
        default:
            return html`<${Chat} /><${Side} />`;
    }
}

/**
 * The address keeps its fragment, which may carry parameters.
 * @param {Event} event
 */
function skip(event) {
    event.preventDefault();
    document.getElementById('page-panel')?.focus();
}

/** @param {string} id */
function focusOn(id) {
    page.value = 'chat';
    requestAnimationFrame(() => document.getElementById(id)?.focus());
}

/**
 * @param {KeyboardEvent} event
 * @param {HTMLDialogElement|null} help
 */
function shortcut(event, help) {
    const number = Number(event.code.replace('Digit', ''));
    if (number >= 1 && number <= PAGES.length) {
        page.value = PAGES[number - 1].id;
    } else if (event.code === 'KeyM') {
        panelOpen.value = false;
        focusOn('message');
    } else if (event.code === 'KeyP') {
        panelOpen.value = true;
        focusOn('side-panel');
    } else if (event.code === 'KeyT') {
        nextTheme();
    } else if (event.key === '?') {
        help?.showModal();
    } else {
        return false;
    }
    return true;
}

keepTheme();
readLink();
const root = document.getElementById('app');
if (root) {
    root.replaceChildren();
    render(html`<${App} />`, root);
}
void loadModels();
void loadRules();
void keepConversations();
keepInspecting();
// Modules that the first answer needs are loaded early: evaluating them would delay the first frames of the stream.
requestIdleCallback(() => {
    void load();
    void import('./vendor/chart.js');
});
