// Types of web/src/vendor/ui.js, for the type checker only.
export {render, Fragment} from 'preact';
export {useEffect, useLayoutEffect, useMemo, useRef, useState} from 'preact/hooks';
export {batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect} from '@preact/signals';
export type {ReadonlySignal, Signal} from '@preact/signals';
export function html(strings: TemplateStringsArray, ...values: unknown[]): any;
