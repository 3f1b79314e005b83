import type { Page } from 'playwright-core';

/** What the client `makeover` gives, with the picture's bytes. */
export interface ClientResult {
  readonly file: Buffer;
  readonly faces: number;
  readonly modelVersion: string;
  readonly where: string;
  readonly backend?: unknown;
  readonly notices: readonly unknown[];
}

type Answer = Omit<ClientResult, 'file'> & { base64?: string; code?: string; detail?: string };

/**
 * Calls the built client in a page of the service.
 *
 * @param options as the client takes them; must be JSON
 * @throws Error with the client's error code
 */
export async function callClient(
  page: Page,
  photo: Buffer,
  mediaType: string,
  options: Readonly<Record<string, unknown>>,
): Promise<ClientResult> {
  const found = await page.evaluate<Answer>(`(async () => {
    const { makeover } = await import('/client/makeover.js');
    const bytes = Uint8Array.from(atob('${photo.toString('base64')}'), (c) => c.charCodeAt(0));
    const photo = new File([bytes], 'photo', { type: '${mediaType}' });
    try {
      const { image, ...rest } = await makeover(photo, ${JSON.stringify(options)});
      const url = await new Promise((resolve) => {
        const reader = new FileReader();
        reader.onload = () => resolve(reader.result);
        reader.readAsDataURL(image);
      });
      return { base64: url.slice(url.indexOf(',') + 1), ...rest };
    } catch (error) {
      return { code: error.code ?? error.name, detail: error.message };
    }
  })()`);
  const { base64, code, detail, ...rest } = found;
  if (base64 === undefined) throw new Error(`${code}: ${detail}`);
  return { ...rest, file: Buffer.from(base64, 'base64') };
}
