import type { Look } from './photo.ts';

/** Of a thumbnail, in px: twice what the page shows, for fine screens. */
const THUMBNAIL_HEIGHT = 144;

/** Tries whether the browser can show a file, and makes a small picture of it. */
export async function lookAt(file: Blob): Promise<Look> {
  try {
    const options = { resizeHeight: THUMBNAIL_HEIGHT, resizeQuality: 'medium' } as const;
    const bitmap = await createImageBitmap(file, options);
    const canvas = document.createElement('canvas');
    canvas.width = bitmap.width;
    canvas.height = bitmap.height;
    canvas.getContext('2d')?.drawImage(bitmap, 0, 0);
    bitmap.close();
    const small = await new Promise<Blob | null>((resolve) => {
      canvas.toBlob(resolve, 'image/jpeg');
    });
    return { isShowable: true, ...(small && { thumbnailUrl: URL.createObjectURL(small) }) };
  } catch {
    return { isShowable: false };
  }
}
