import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { installPage } from './build/install-page.ts';
import { precompress } from './build/precompress.ts';
import { runtimeFacts } from './build/runtime-facts.ts';
import { serviceWorker } from './build/service-worker.ts';
import { PAGE_TEXTS } from './texts.ts';

/** Writes the texts into index.html, so that the page can be read before its script has run. */
const fillTexts: Plugin = {
  name: 'fill-texts',
  transformIndexHtml: { order: 'pre', handler: (html) => html.replace(/\{\{(\w+)\}\}/g, lookUp) },
};

function lookUp(_match: string, name: string): string {
  const text = (PAGE_TEXTS as Readonly<Record<string, string>>)[name];
  if (text === undefined) throw new Error(`index.html asks for {{${name}}}, which texts.ts lacks`);
  return text;
}

const root = fileURLToPath(new URL('.', import.meta.url));
const output = fileURLToPath(new URL('../dist/web', import.meta.url));

export default defineConfig({
  root,
  // Relative addresses: the page also works below a path, behind a proxy.
  base: './',
  plugins: [
    fillTexts,
    runtimeFacts(),
    installPage(),
    serviceWorker(output),
    precompress(output, join(root, '../dist/packed')),
  ],
  // Workers share their parts with nobody, but need chunks of their own: see device/runtime.ts.
  worker: { format: 'es', plugins: () => [runtimeFacts()] },
  build: {
    outDir: output,
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      // On a slow machine the build would print where its time went.
      checks: { pluginTimings: false },
      input: { index: join(root, 'index.html'), makeover: join(root, 'client/makeover.ts') },
      preserveEntrySignatures: 'allow-extension',
      output: {
        // The client is imported by its name; all else is named by its content.
        entryFileNames: ({ name }) =>
          name === 'makeover' ? 'client/makeover.js' : 'assets/[name]-[hash].js',
      },
    },
  },
});
