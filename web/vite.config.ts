import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
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

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Relative addresses: the page also works below a path, behind a proxy.
  base: './',
  plugins: [fillTexts],
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
