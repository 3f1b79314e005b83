import { randomUUID } from 'node:crypto';
import { type FileHandle, mkdir, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Request } from 'express';
import { ProblemError } from '../problem.ts';
import type { PhotoSink } from './batch-store.ts';
import { toStorageError } from './disk-room.ts';
import type { PhotoReceiver, ReceivedFields, ReceptionLimits } from './reception.ts';
import { toItemName } from './result-names.ts';
import { readZip } from './zip-reader.ts';

const ZIP_TYPES = ['application/zip', 'application/x-zip-compressed'];

/** Beside photos: folders, and what desktops add to them. */
const ENTRIES_PER_ITEM = 3;

/** What the archives in reception take on the disk, beside the batches. */
let storedBytes = 0;

/** ZIP archives as the whole body of a request. */
export const ZIP_RECEIVER: PhotoReceiver = {
  takes: (mediaType) => ZIP_TYPES.includes(mediaType),
  receive: (request, _response, sink, limits) => receiveZip(request, sink, limits),
};

/** A ZIP's directory stands at its end, so the archive is stored first. */
async function receiveZip(
  request: Request,
  sink: PhotoSink,
  limits: ReceptionLimits,
): Promise<ReceivedFields> {
  const { batchMaxItems, maxDataBytes, maxUploadBytes } = limits;
  if (Number(request.get('Content-Length')) > maxDataBytes) throw tooLarge(maxDataBytes);
  const file = await openNameless(join(limits.dataFolder, 'uploads')).catch((error: unknown) => {
    throw toStorageError(error);
  });
  let ownBytes = 0;
  try {
    // The request must outlive a refusal, which is its answer.
    const chunks = request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>;
    for await (const chunk of chunks) {
      if (storedBytes + chunk.length > maxDataBytes) throw noRoom(ownBytes, maxDataBytes);
      storedBytes += chunk.length;
      ownBytes += chunk.length;
      await file.writeFile(chunk).catch((error: unknown) => {
        throw toStorageError(error);
      });
    }
    const zipLimits = {
      maxEntries: batchMaxItems * ENTRIES_PER_ITEM,
      maxEntryBytes: maxUploadBytes,
      maxTotalBytes: maxDataBytes,
    };
    await readZip(file.fd, zipLimits, {
      add: (name, content) => sink.add(toItemName(name), content),
    });
    return {};
  } finally {
    storedBytes -= ownBytes;
    await file.close();
  }
}

/** A file that is gone when it is closed, however the process ends; only its user can read it. */
async function openNameless(folder: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, randomUUID());
  const file = await open(path, 'wx+', 0o600);
  await rm(path);
  return file;
}

function noRoom(ownBytes: number, maxBytes: number): ProblemError {
  if (ownBytes === storedBytes) return tooLarge(maxBytes);
  return new ProblemError(
    'STORAGE_FULL',
    `the archives that are being sent now have ${maxBytes} bytes together: try again soon`,
  );
}

function tooLarge(maxBytes: number): ProblemError {
  return new ProblemError(
    'BATCH_TOO_LARGE',
    `the archive is larger than ${maxBytes} bytes: send it in parts`,
  );
}
