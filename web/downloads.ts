import { downloadName, uniqueNames } from './file-name.ts';
import type { MakeoverStore } from './makeover-store.ts';
import type { Photo } from './photo.ts';

/** Name of the file with all photos. */
const ZIP_NAME = 'makeovers.zip';

/**
 * Gives the visitor one made-over photo as a file.
 *
 * @returns its name
 * @throws ServiceError or DeviceError
 */
export async function downloadOne(store: MakeoverStore, photo: Photo): Promise<string> {
  const image = await store.renderFile(photo.id);
  const name = downloadName(photo.name, image.type);
  save(image, name);
  return name;
}

/**
 * Gives the visitor all made-over photos as one ZIP file. They are rendered one by one.
 *
 * @param onPhoto told which of them is being rendered, from 1
 * @returns its name
 * @throws ServiceError or DeviceError
 */
export async function downloadAll(
  store: MakeoverStore,
  photos: readonly Photo[],
  onPhoto: (at: number) => void,
): Promise<string> {
  const { downloadZip } = await import('client-zip');
  const files: { name: string; input: Blob; lastModified: Date }[] = [];
  for (const [i, photo] of photos.entries()) {
    onPhoto(i + 1);
    const input = await store.renderFile(photo.id);
    const name = downloadName(photo.name, input.type);
    files.push({ name, input, lastModified: new Date() });
  }
  const names = uniqueNames(files.map(({ name }) => name));
  const zip = await downloadZip(
    files.map((file, i) => ({ ...file, name: names[i] ?? file.name })),
  ).blob();
  save(zip, ZIP_NAME);
  return ZIP_NAME;
}

function save(file: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = name;
  link.click();
  // The browser reads the blob after the click has returned.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
