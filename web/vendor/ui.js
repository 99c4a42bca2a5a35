// Views and state: Preact, its hooks, signals, and htm in one copy, so that they share one Preact.
import {h, render, Fragment} from 'preact';
import {useEffect, useLayoutEffect, useMemo, useRef, useState} from 'preact/hooks';
import {batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect} from '@preact/signals';
import htm from 'htm';

const html = htm.bind(h);
export {
    html, render, Fragment, useEffect, useLayoutEffect, useMemo, useRef, useState,
    batch, computed, effect, signal, untracked, useComputed, useSignal, useSignalEffect,
};
