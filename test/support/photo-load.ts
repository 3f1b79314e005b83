/** What came of photos that were sent one after the other. */
export interface LoadResult {
  /** Photos that got an answer with status 200. */
  readonly answered: number;
  /** Whatever else happened, e.g. "503 MODEL_NOT_READY". */
  readonly failures: readonly string[];
  /** Versions that answered, in the order in which they first did after another one. */
  readonly versions: readonly string[];
}

/**
 * Keeps sending a photo from one client.
 *
 * @returns ends the load after the photo that is under way
 */
export function startPhotoLoad(url: string, photo: Uint8Array): () => Promise<LoadResult> {
  const abort = new AbortController();
  let answered = 0;
  const failures: string[] = [];
  const versions: string[] = [];
  const run = async (): Promise<void> => {
    while (!abort.signal.aborted) {
      try {
        const response = await fetch(url, { method: 'POST', body: new Uint8Array(photo) });
        const body = await response.arrayBuffer();
        const version = response.headers.get('x-model-version') ?? 'none';
        if (response.status === 200) answered++;
        else failures.push(`${response.status} ${Buffer.from(body).toString('utf8')}`);
        if (versions.at(-1) !== version) versions.push(version);
      } catch (error) {
        failures.push(String(error));
      }
    }
  };
  const done = run();
  return async () => {
    abort.abort();
    await done;
    return { answered, failures, versions };
  };
}
