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

/** The names, of which each that stood before gets a number: "a.jpg", "a (2).jpg". */
export function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const [, stem = name, extension = ''] = /^(.*?)((?:\.makeover)?\.[^.]*)$/.exec(name) ?? [];
    let unique = name;
    for (let number = 2; taken.has(unique); number++) unique = `${stem} (${number})${extension}`;
    taken.add(unique);
    return unique;
  });
}
