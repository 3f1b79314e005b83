/** The sample photos, which are only fetched when they are chosen. */
const PHOTOS: Readonly<Record<string, string>> = {
  'woman-east-asian': new URL('./samples/woman-east-asian.jpg', import.meta.url).href,
  'man-black': new URL('./samples/man-black.jpg', import.meta.url).href,
  'woman-indian': new URL('./samples/woman-indian.jpg', import.meta.url).href,
  'man-white': new URL('./samples/man-white.jpg', import.meta.url).href,
};

/**
 * Address of a sample photo.
 *
 * @throws Error when there is none of that name
 */
export function samplePhoto(name: string): string {
  const url = PHOTOS[name];
  if (url) return url;
  throw new Error(`there is no sample photo ${name}`);
}
