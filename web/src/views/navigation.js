// Which page and which panel are shown.
import {signal} from '../vendor/ui.js';

export const PAGES = [
    {id: 'chat', label: 'Chat'},
    {id: 'compare', label: 'Compare'},
    {id: 'rows', label: 'Variables'},
    {id: 'gap', label: 'Fill in'},
    {id: 'log', label: 'Requests'},
];

export const PANELS = [
    {id: 'parameters', label: 'Parameters'},
    {id: 'json', label: 'JSON'},
    {id: 'code', label: 'Code'},
    {id: 'schema', label: 'Schema'},
    {id: 'tools', label: 'Tools'},
    {id: 'prompt', label: 'Prompt'},
    {id: 'stream', label: 'Stream'},
];

export const page = signal('chat');
export const panel = signal('parameters');

/** Whether the panel covers the conversation, on narrow screens. */
export const panelOpen = signal(false);

/** @param {string} id */
export function openPanel(id) {
    panel.value = id;
    panelOpen.value = true;
}
