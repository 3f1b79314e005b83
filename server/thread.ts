import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { locateEntry } from './paths.ts';

/**
 * Starts an entry file of ours in a thread of this process.
 *
 * @param name path without its extension, relative to the server's folder
 */
export function startThread(name: string, workerData: unknown): Worker {
  const { file, execArgv } = locateEntry(name);
  if (execArgv.length === 0) return new Worker(file, { workerData });
  // Threads do not take over the loader through which Node 20 reads sources.
  const entry = JSON.stringify(pathToFileURL(file).href);
  const script = `import('tsx/esm/api').then(({ register }) => register()).then(() => import(${entry}))`;
  return new Worker(script, { eval: true, workerData });
}
