import sharp from 'sharp';
import { beforeAll, expect, test } from 'vitest';
import { decodePhoto } from '../../../server/photo/decode.ts';
import { restrictLoaders } from '../../../server/photo/loaders.ts';

const picture = () => sharp({ create: { width: 9, height: 9, channels: 3, background: '#a86' } });
const files = new Map<string, Buffer>();

beforeAll(async () => {
  for (const format of ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'] as const) {
    files.set(format, await picture().toFormat(format).toBuffer());
  }
  const svg = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>';
  files.set('svg', Buffer.from(svg));
  await expect(sharp(files.get('svg')).metadata()).resolves.toMatchObject({ format: 'svg' });
  restrictLoaders();
});

test.each(['jpeg', 'png', 'webp', 'avif'])('%s is decoded', async (format) => {
  const { raster } = await decodePhoto(files.get(format) ?? Buffer.of(), { maxPixels: 100 });
  expect(raster).toMatchObject({ width: 9, height: 9 });
});

test.each(['gif', 'tiff', 'svg'])('%s has no decoder any more', async (format) => {
  await expect(sharp(files.get(format)).metadata()).rejects.toThrow(/unsupported|blocked/);
});
