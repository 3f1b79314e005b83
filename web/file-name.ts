const EXTENSIONS: Readonly<Record<string, string>> = {
  'image/jpeg': 'jpg',
  'image/png': 'png',
  'image/webp': 'webp',
  'image/avif': 'avif',
};

/**
 * Name of the downloaded file, e.g. "holiday.makeover.jpg" for "holiday.JPG".
 *
 * @param mediaType of the result, which decides the extension
 */
export function downloadName(photoName: string, mediaType: string): string {
  const stem = photoName.replace(/\.[^.]*$/, '') || 'photo';
  return `${stem}.makeover.${EXTENSIONS[mediaType] ?? 'jpg'}`;
}
