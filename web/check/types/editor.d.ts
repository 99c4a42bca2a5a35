// The editor is used through a few calls in views/json-editor.js, whose types would say more than the calls.
declare const library: any;
export = library;
