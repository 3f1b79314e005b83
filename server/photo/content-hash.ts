/**
 * SHA-256 of a file in hexadecimal digits. Computed beside the event loop, which a large file would
 * hold up for too long.
 */
export async function hashContent(file: Uint8Array): Promise<string> {
  const bytes = file as Uint8Array<ArrayBuffer>;
  const digest = await crypto.subtle.digest('SHA-256', bytes);
  return Buffer.from(digest).toString('hex');
}
