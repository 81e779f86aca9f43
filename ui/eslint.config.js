import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const tauriOnly = {
  group: ['@tauri-apps/*'],
  message: 'Only host/tauri.ts knows the shell; everything else takes a Host.',
};

export default ts.config(
  { ignores: ['dist/', 'node_modules/', 'src/bindings/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...ts.configs.stylistic,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser } },
    rules: {
      '@typescript-eslint/consistent-type-definitions': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/explicit-module-boundary-types': 'error',
      'no-restricted-imports': ['error', { patterns: [tauriOnly] }],
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a union from bindings.' },
        { selector: 'ExportDefaultDeclaration', message: 'No default exports.' },
      ],
      'no-console': 'error',
      // A set that no markup reads is a plain set; what is reactive says $state.
      'svelte/prefer-svelte-reactivity': 'off',
      eqeqeq: 'error',
    },
  },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
    rules: {
      'svelte/no-at-html-tags': 'error',
      'svelte/no-inline-styles': ['error', { allowTransitions: false }],
      'svelte/button-has-type': 'error',
    },
  },
  {
    files: ['src/components/**'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            tauriOnly,
            { group: ['**/host/*', '**/steps/**', '**/places/**'], message: 'A component knows no step, place or host.' },
          ],
        },
      ],
    },
  },
  // The dictionary says its types itself: the other languages are typed by it.
  { files: ['src/i18n/zh-Hans.ts', 'src/i18n/zh-Hans/later.ts'], rules: { '@typescript-eslint/explicit-module-boundary-types': 'off' } },
  { files: ['src/host/tauri.ts'], rules: { 'no-restricted-imports': 'off' } },
  {
    files: ['*.config.{js,ts}', 'scripts/**'],
    languageOptions: { globals: { ...globals.node } },
    rules: { 'no-restricted-syntax': 'off', 'no-console': 'off' },
  },
  {
    // Runs on engines below the floor, so it is ES5 and checks features that are missing there.
    files: ['public/**'],
    languageOptions: { ecmaVersion: 5, sourceType: 'script', globals: { Promise: 'readonly', WeakRef: 'readonly' } },
    rules: { 'no-var': 'off', 'prefer-const': 'off', '@typescript-eslint/no-unused-expressions': 'off' },
  },
);
