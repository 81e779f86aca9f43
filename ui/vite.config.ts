import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [svelte(), svelteTesting()],
  build: {
    outDir: 'dist',
    // The floor of ui.md section 0: old Android web views and Safari 15. Vite's own default is far newer.
    target: ['chrome87', 'safari15'],
    cssTarget: ['chrome87', 'safari15'],
    // An inlined asset would be a data: URL, which the content security policy allows for pictures only.
    assetsInlineLimit: 0,
    // One sheet compresses better than seven and never arrives after its markup.
    cssCodeSplit: false,
    reportCompressedSize: false,
    rolldownOptions: {
      output: {
        // What every start needs, in one file: small files compress badly.
        codeSplitting: { groups: [{ name: 'base', test: /node_modules\/svelte|src\/(host\/(host|eyes|frame)|i18n\/format|components\/(Icon|Note|ProblemNote|TextField|arrive))/ }] },
      },
    },
  },
  server: { host: '127.0.0.1' },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['src/testing/setup.ts'],
    restoreMocks: true,
  },
});
