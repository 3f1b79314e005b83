import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import type { HtmlTagDescriptor, Plugin } from 'vite';
import { PAGE_TEXTS } from '../texts.ts';

const ICON = fileURLToPath(new URL('../icon.svg', import.meta.url));
const MANIFEST = 'app.webmanifest';
const TOUCH_ICON = 'icons/touch-180.png';
/** The page's ground in light and in dark, as in styles/base.css: OKLCH is not known everywhere. */
const GROUND = { light: '#f5f7f8', dark: '#0d1214' } as const;

/** Makes the page installable: the web manifest, and icons drawn from icon.svg in every size. */
export const installPage = (): Plugin => ({
  name: 'install-page',
  transformIndexHtml: () => [
    tag('link', { rel: 'manifest', href: `./${MANIFEST}` }),
    tag('link', { rel: 'apple-touch-icon', href: `./${TOUCH_ICON}` }),
    ...(['light', 'dark'] as const).map((scheme) =>
      tag('meta', {
        name: 'theme-color',
        content: GROUND[scheme],
        media: `(prefers-color-scheme: ${scheme})`,
      }),
    ),
  ],
  async generateBundle() {
    const emit = (fileName: string, source: Uint8Array | string): void => {
      this.emitFile({ type: 'asset', fileName, source });
    };
    emit('icons/icon.svg', await readFile(ICON));
    emit('icons/icon-192.png', await drawIcon(192, 0.88, undefined));
    emit('icons/icon-512.png', await drawIcon(512, 0.88, undefined));
    // Systems cut these to their own shape: only the middle four fifths are sure to be seen.
    emit('icons/maskable-512.png', await drawIcon(512, 0.6, GROUND.light));
    emit(TOUCH_ICON, await drawIcon(180, 0.7, GROUND.light));
    emit(MANIFEST, JSON.stringify(describe()));
  },
});

function tag(name: string, attrs: Record<string, string>): HtmlTagDescriptor {
  return { tag: name, attrs, injectTo: 'head' };
}

/** A square PNG of `side` px, of which the drawing takes the share `size`. */
async function drawIcon(side: number, size: number, ground: string | undefined): Promise<Buffer> {
  const drawing = Math.round((side * size) / 2) * 2;
  const picture = await sharp(ICON, { density: (72 * drawing) / 32 })
    .resize(drawing, drawing)
    .png()
    .toBuffer();
  const background = ground ?? { r: 0, g: 0, b: 0, alpha: 0 };
  return sharp({ create: { width: side, height: side, channels: 4, background } })
    .composite([{ input: picture }])
    .png({ compressionLevel: 9, palette: true })
    .toBuffer();
}

function describe(): object {
  return {
    name: PAGE_TEXTS.productName,
    short_name: PAGE_TEXTS.productName,
    description: PAGE_TEXTS.pageSummary,
    id: './',
    start_url: './',
    scope: './',
    display: 'standalone',
    lang: 'en',
    background_color: GROUND.light,
    theme_color: GROUND.light,
    icons: [
      { src: './icons/icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
      png('icon-192.png', 192, 'any'),
      png('icon-512.png', 512, 'any'),
      png('maskable-512.png', 512, 'maskable'),
    ],
  };
}

function png(path: string, side: number, purpose: string): object {
  return { src: `./icons/${path}`, sizes: `${side}x${side}`, type: 'image/png', purpose };
}
