import type { Request, Response } from 'express';
import { toItemName } from '../batches/result-names.ts';
import type { ImageFormat } from '../photo/formats.ts';
import type { ServiceContext } from '../service-context.ts';
import type { Upload } from '../upload.ts';
import {
  batchPath,
  checkParameters,
  clientIdOf,
  requireRunning,
  sendBatch,
} from './batch-request.ts';

/** Whether the client would rather have an answer at once than the result (RFC 7240, 4.1). */
export function prefersAsync(request: Request): boolean {
  return (request.get('Prefer') ?? '')
    .split(/[,;]/)
    .some((preference) => preference.trim().toLowerCase() === 'respond-async');
}

/**
 * Makes a batch of one photo, and answers 202 with it.
 *
 * @throws ProblemError STORAGE_FULL or DRAINING
 */
export async function answerLater(
  context: ServiceContext,
  request: Request,
  response: Response,
  { upload, format }: { readonly upload: Upload; readonly format: ImageFormat | undefined },
): Promise<void> {
  requireRunning(context);
  const given = checkParameters(context, request.query, upload.fields);
  const parameters = { ...given, ...(format && { format }) };
  const draft = await context.batches.store.draft();
  try {
    await draft.add(toItemName(upload.fileName ?? ''), [upload.file]);
    const batch = await draft.commit({ clientId: clientIdOf(response), parameters });
    response.set({ Location: batchPath(batch), 'Preference-Applied': 'respond-async' });
    sendBatch(context, response, batch, 202);
  } catch (error) {
    await draft.discard();
    throw error;
  }
}
