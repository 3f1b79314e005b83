import type { Request, Response } from 'express';
import multer from 'multer';
import { ProblemError } from './problem.ts';

export interface Upload {
  readonly file: Buffer;
  /** As the client calls it; multipart only. */
  readonly fileName: string | undefined;
  /** The form's other fields; multipart only. Values may be anything that a form can hold. */
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface UploadLimits {
  readonly maxUploadBytes: number;
  readonly uploadTimeoutMs: number;
}

/** Every transfer gets the timeout, and a second more for each 64 KiB. */
export const MIN_BYTES_PER_MS = (64 * 1024) / 1000;

/** More than the fields and part headers of a form within its limits. */
const MAX_FORM_OVERHEAD_BYTES = 256 * 1024;

/** Of the fields of a form. */
export const FIELD_LIMITS = {
  fields: 8,
  fieldNameSize: 64,
  fieldSize: 1024,
  headerPairs: 32,
  // A name such as a[b][9] would become nested objects and long arrays: no parameter has parts.
  fieldNestingDepth: 0,
  fieldArrayIndexLimit: 0,
} as const;

/** Of a form, beside the size of its file. */
const FORM_LIMITS = { ...FIELD_LIMITS, files: 1, parts: FIELD_LIMITS.fields + 1 } as const;

/** RFC 2046, 5.1.1. */
const MAX_BOUNDARY_LENGTH = 70;

/** Results are named after it; the longest that usual file systems hold. */
const MAX_FILE_NAME_LENGTH = 255;

/**
 * Receives a photo into memory: as the request's whole body, whatever its Content-Type says, or as
 * the field `image` of a multipart form.
 *
 * @throws ProblemError NO_IMAGE, FILE_TOO_LARGE, BAD_MULTIPART or UPLOAD_TOO_SLOW; an Error when
 *   the client goes away
 */
export async function receiveUpload(
  request: Request,
  response: Response,
  limits: UploadLimits,
): Promise<Upload> {
  const isForm = /^multipart\//i.test(request.headers['content-type'] ?? '');
  // Known before the first byte. Of a form, the file alone is limited to the byte, as it comes.
  const maxBodyBytes = limits.maxUploadBytes + (isForm ? MAX_FORM_OVERHEAD_BYTES : 0);
  if (Number(request.headers['content-length']) > maxBodyBytes) throw fileTooLarge(limits);
  if (isForm) requireBoundary(request);
  // Whoever waits for this word has sent no byte of what is refused before.
  if (request.headers.expect !== undefined) response.writeContinue();
  const received = isForm
    ? receiveForm(request, response, limits, maxBodyBytes)
    : receiveBody(request, limits);
  const upload = await withinTime(request, limits.uploadTimeoutMs, received);
  if (upload.file.length > 0) return upload;
  throw new ProblemError(
    'NO_IMAGE',
    isForm
      ? 'the form has no file: send the photo in its field "image"'
      : 'the request has no body: send the photo as the body, as curl --data-binary @photo.jpg does',
  );
}

/** @throws ProblemError BAD_MULTIPART when a form has no boundary, or one that is too long */
export function requireBoundary(request: Request): void {
  const [, quoted, plain] =
    /;\s*boundary=(?:"([^"]*)"|([^\s;"]*))/i.exec(request.headers['content-type'] ?? '') ?? [];
  const { length } = quoted ?? plain ?? '';
  if (length > 0 && length <= MAX_BOUNDARY_LENGTH) return;
  throw badMultipart(`its boundary has ${length} characters, 1 to ${MAX_BOUNDARY_LENGTH} may be`);
}

function receiveBody(request: Request, limits: UploadLimits): Promise<Upload> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limits.maxUploadBytes) {
        chunks.push(chunk);
        return;
      }
      // What follows is discarded by whoever answers.
      request.removeAllListeners('data');
      reject(fileTooLarge(limits));
    });
    request.on('end', () =>
      resolve({ file: Buffer.concat(chunks), fileName: undefined, fields: {} }),
    );
    request.on('error', reject);
    request.on('close', () => reject(new Error('the client ended the upload')));
  });
}

function receiveForm(
  request: Request,
  response: Response,
  limits: UploadLimits,
  maxBodyBytes: number,
): Promise<Upload> {
  const form = multer({
    storage: multer.memoryStorage(),
    limits: { ...FORM_LIMITS, fileSize: limits.maxUploadBytes },
  }).single('image');
  return new Promise((resolve, reject) => {
    // The parser would read what follows a fault to its end, and a chunked body need not have one.
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBodyBytes) return;
      request.unpipe();
      reject(fileTooLarge(limits));
    });
    request.on('close', () => reject(new Error('the client ended the upload')));
    form(request, response, (error: unknown) => {
      if (error) {
        reject(formProblem(error, limits));
        return;
      }
      resolve({
        file: request.file?.buffer ?? Buffer.alloc(0),
        fileName: request.file?.originalname.slice(0, MAX_FILE_NAME_LENGTH),
        fields: (request.body ?? {}) as Record<string, unknown>,
      });
    });
  });
}

/** What the parser's failure means to the client. */
export function formProblem(error: unknown, limits: UploadLimits): ProblemError {
  if (error instanceof multer.MulterError && error.code === 'LIMIT_FILE_SIZE') {
    return fileTooLarge(limits);
  }
  const reason = error instanceof Error ? error.message : String(error);
  const field = error instanceof multer.MulterError && error.field ? ` at "${error.field}"` : '';
  return badMultipart(`${reason}${field}`);
}

function badMultipart(reason: string): ProblemError {
  return new ProblemError(
    'BAD_MULTIPART',
    `the form cannot be read (${reason}): send one file in the field "image", as ` +
      'curl -F image=@photo.jpg does',
  );
}

/** The problem of a file beyond the limit. */
export function fileTooLarge({ maxUploadBytes }: UploadLimits): ProblemError {
  return new ProblemError(
    'FILE_TOO_LARGE',
    `the file is larger than ${maxUploadBytes} bytes: make the photo smaller`,
  );
}

/**
 * Waits for an upload, for as long as it comes fast enough.
 *
 * @throws ProblemError UPLOAD_TOO_SLOW
 */
export async function withinTime<T>(
  request: Request,
  timeoutMs: number,
  received: Promise<T>,
): Promise<T> {
  const { socket } = request;
  const startMs = performance.now();
  const startBytes = socket.bytesRead;
  let timer: NodeJS.Timeout | undefined;
  const tooSlow = new Promise<never>((_resolve, reject) => {
    const check = () => {
      const allowedMs = timeoutMs + (socket.bytesRead - startBytes) / MIN_BYTES_PER_MS;
      const leftMs = startMs + allowedMs - performance.now();
      if (leftMs > 0) {
        timer = setTimeout(check, leftMs);
        return;
      }
      const detail = `the upload is too slow, after ${Math.round(allowedMs)} ms it is not complete`;
      reject(new ProblemError('UPLOAD_TOO_SLOW', `${detail}: make the photo smaller`));
    };
    check();
  });
  try {
    return await Promise.race([received, tooSlow]);
  } finally {
    clearTimeout(timer);
  }
}
