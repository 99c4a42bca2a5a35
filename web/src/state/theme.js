// Light or dark: the system's choice until the user makes another, which is remembered.
import {effect, signal} from '../vendor/ui.js';

const STORED = 'tramontane-theme';

/** @type {import('../vendor/ui.js').Signal<'system'|'light'|'dark'>} */
export const theme = signal(/** @type {any} */ (localStorage.getItem(STORED)) ?? 'system');

const dark = matchMedia('(prefers-color-scheme: dark)');

function apply() {
    const chosen = theme.value === 'system' ? (dark.matches ? 'dark' : 'light') : theme.value;
    document.documentElement.dataset.theme = chosen;
}

export function keepTheme() {
    dark.addEventListener('change', apply);
    effect(() => {
        apply();
        if (theme.value === 'system') {
            localStorage.removeItem(STORED);
        } else {
            localStorage.setItem(STORED, theme.value);
        }
    });
}

export function nextTheme() {
    const now = document.documentElement.dataset.theme;
    theme.value = now === 'dark' ? 'light' : 'dark';
}
