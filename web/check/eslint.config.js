import js from '@eslint/js';
import globals from 'globals';

// A layer may use those before it: server access knows no state, state knows no views.
const layers = {
    server: ['**/state/**', '**/views/**'],
    state: ['**/views/**'],
};

export default [
    js.configs.recommended,
    {
        languageOptions: {ecmaVersion: 2024, sourceType: 'module', globals: globals.browser},
        rules: {
            'no-unused-vars': ['error', {argsIgnorePattern: '^_', varsIgnorePattern: '^_'}],
            'no-var': 'error',
            'prefer-const': 'error',
            eqeqeq: 'error',
            'no-eval': 'error',
            'no-implied-eval': 'error',
            'no-new-func': 'error',
            'max-lines': ['error', 500],
            'max-lines-per-function': ['error', 70],
            'max-params': ['error', 6],
            'no-restricted-properties': ['error', {property: 'outerHTML'}, {object: 'document', property: 'write'}],
        },
    },
    ...Object.entries(layers).map(([folder, group]) => ({
        files: [`src/${folder}/**/*.js`],
        rules: {'no-restricted-imports': ['error', {patterns: [{group, message: `${folder} may not use this layer`}]}]},
    })),
    {
        // The one place where a model's text becomes markup, behind the sanitizer.
        files: ['src/**/*.js'],
        ignores: ['src/views/answer-writer.js', 'src/views/panel-code.js'],
        rules: {'no-restricted-syntax': ['error',
            {selector: 'MemberExpression[property.name="innerHTML"]', message: 'only answer-writer.js writes markup'},
            {selector: 'Property[key.name="dangerouslySetInnerHTML"]', message: 'only panel-code.js shows highlighted code'},
        ]},
    },
];
