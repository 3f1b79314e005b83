import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { installPage } from './build/install-page.ts';
import { precompress } from './build/precompress.ts';
import { runtimeFacts } from './build/runtime-facts.ts';
import { serviceWorker } from './build/service-worker.ts';
import { GALLERY_PAGE_TEXTS } from './gallery/texts.ts';
import { PAGE_TEXTS } from './texts.ts';

const TEXTS: Readonly<Record<string, string>> = { ...PAGE_TEXTS, ...GALLERY_PAGE_TEXTS };

/** Writes the texts into the pages, so that a page can be read before its script has run. */
const fillTexts: Plugin = {
  name: 'fill-texts',
  transformIndexHtml: { order: 'pre', handler: (html) => html.replace(/\{\{(\w+)\}\}/g, lookUp) },
};

function lookUp(_match: string, name: string): string {
  const text = TEXTS[name];
  if (text === undefined) throw new Error(`a page asks for {{${name}}}, which texts.ts lacks`);
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
      input: {
        index: join(root, 'index.html'),
        models: join(root, 'models.html'),
        makeover: join(root, 'client/makeover.ts'),
      },
      preserveEntrySignatures: 'allow-extension',
      output: {
        // The client is imported by its name; all else is named by its content.
        entryFileNames: ({ name }) =>
          name === 'makeover' ? 'client/makeover.js' : 'assets/[name]-[hash].js',
      },
    },
  },
});
