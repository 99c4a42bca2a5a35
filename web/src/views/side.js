// The panel beside the conversation.
import {html} from '../vendor/ui.js';
import {Tabs} from './controls.js';
import {panel, panelOpen, PANELS} from './navigation.js';
import {CodePanel} from './panel-code.js';
import {JsonPanel} from './panel-json.js';
import {ParametersPanel} from './panel-parameters.js';
import {PromptPanel} from './panel-prompt.js';
import {SchemaPanel} from './panel-schema.js';
import {StreamPanel} from './panel-stream.js';
import {ToolsPanel} from './panel-tools.js';

/** @type {Record<string, any>} */
const BODIES = {
    parameters: ParametersPanel, json: JsonPanel, code: CodePanel, schema: SchemaPanel, tools: ToolsPanel, prompt: PromptPanel, stream: StreamPanel,
};

export function Side() {
    const Body = BODIES[panel.value];
    return html`
        <section class=${`side ${panelOpen.value ? 'open' : ''}`} aria-label="Request">
            <${Tabs} label="Request" tabs=${PANELS} chosen=${panel.value} choose=${(/** @type {string} */ id) => { panel.value = id; }} prefix="side" />
            <button type="button" class="side-toggle" onClick=${() => { panelOpen.value = false; }}>Back to the conversation</button>
            <div class="side-body" id="side-panel" role="tabpanel" aria-labelledby=${`side-tab-${panel.value}`} tabIndex="0"><${Body} /></div>
        </section>`;
}
