import { type Request, type Response, Router } from 'express';
import type { InferenceServerView } from '../../models/contract/api/inference.ts';
import type { GeneratorManifest } from '../../models/contract/manifest.ts';
import { allowOnly } from '../errors.ts';
import { serviceState } from '../health/service-state.ts';
import { describeGenerator } from '../inference/metadata.ts';
import type { PublishedModel } from '../models/published-model.ts';
import { hashContent } from '../photo/content-hash.ts';
import { ProblemError } from '../problem.ts';
import { sendFile } from '../send-file.ts';
import type { ServiceContext } from '../service-context.ts';
import { answerPhoto, type PhotoRequest } from './photo-request.ts';

/** Length of the JSON before binary tensors, in requests and in answers. */
const JSON_LENGTH = 'Inference-Header-Content-Length';
const CHANNELS = 3;

/** What a path names. */
interface ModelPath {
  readonly name: string;
  readonly version: string | undefined;
}

interface Generator {
  readonly model: PublishedModel;
  readonly version: number;
  readonly manifest: GeneratorManifest;
}

/**
 * The Open Inference Protocol, v2, as Triton speaks it: aligned crops in, what the generator
 * answers out. With Triton's extension for binary tensors.
 */
export function inferenceProtocolRoutes(context: ServiceContext): Router {
  const router = Router();
  router
    .route('/v2')
    .get((_request, response) => {
      const extensions = ['binary_tensor_data'];
      const { version } = context;
      response.json({ name: 'deep-makeover', version, extensions } satisfies InferenceServerView);
    })
    .all(allowOnly('GET'));
  router
    .route('/v2/health/live')
    .get((_request, response) => {
      response.json({ live: true });
    })
    .all(allowOnly('GET'));
  router
    .route('/v2/health/ready')
    .get((_request, response) => {
      const ready = serviceState(context) === 'ready';
      response.status(ready ? 200 : 503).json({ ready });
    })
    .all(allowOnly('GET'));
  for (const base of ['/v2/models/:name', '/v2/models/:name/versions/:version']) {
    router
      .route(base)
      .get((request, response) => {
        const { model, manifest } = findGenerator(context, readPath(request));
        const versions = model.versions.filter((version) => model.isSound(version));
        response.json(describeGenerator(manifest, versions));
      })
      .all(allowOnly('GET'));
    router
      .route(`${base}/ready`)
      .get((request, response) => {
        requireGenerator(context, readPath(request));
        response.json({ name: readPath(request).name, ready: true });
      })
      .all(allowOnly('GET'));
    router
      .route(`${base}/infer`)
      .post(context.pixelBudget.requireSome, (request, response) => {
        const generator = findGenerator(context, readPath(request));
        refuseForms(request);
        return answerPhoto(context, request, response, (photo) =>
          answer(context, photo, generator, request, response),
        );
      })
      .all(allowOnly('POST'));
  }
  return router;
}

function readPath({ params }: Request): ModelPath {
  const { name, version } = params;
  return { name: String(name), version: version === undefined ? undefined : String(version) };
}

/**
 * The generator that a path names, whether it is loaded or not; without a version, the active one.
 *
 * @throws ProblemError MODEL_NOT_FOUND, or MODEL_NOT_READY when none is active
 */
function findGenerator(
  { registry }: ServiceContext,
  { name, version: wanted }: ModelPath,
): Generator {
  const model = registry.requireKnown(name);
  if (wanted === undefined) registry.requireServed(name);
  const version = wanted === undefined ? (model.active ?? 0) : toVersion(wanted);
  const { manifest, reason } = registry.requireEntry(name, version);
  if (manifest?.kind === 'generator') return { model, version, manifest };
  throw notReady(name, version, reason ?? 'it is no generator');
}

/** The same, when it is loaded. Throws ProblemError MODEL_NOT_FOUND or MODEL_NOT_READY. */
function requireGenerator(context: ServiceContext, path: ModelPath): Generator {
  const generator = findGenerator(context, path);
  const { isLoaded, reason } = generator.model.status(generator.version);
  if (isLoaded) return generator;
  throw notReady(path.name, generator.version, reason ?? 'it is loaded when it is asked for');
}

function notReady(name: string, version: number, reason: string): ProblemError {
  return new ProblemError('MODEL_NOT_READY', `${name}/${version} is not ready: ${reason}`);
}

/** 0, which no model has, for what is no version. */
function toVersion(text: string): number {
  return /^[1-9]\d{0,8}$/.test(text) ? Number(text) : 0;
}

function refuseForms(request: Request): void {
  if (!/^multipart\//i.test(request.get('Content-Type') ?? '')) return;
  throw new ProblemError('BAD_PARAMETER', 'the request is a form: send JSON, or JSON and tensors');
}

async function answer(
  context: ServiceContext,
  photo: PhotoRequest,
  { model, manifest }: Generator,
  request: Request,
  response: Response,
): Promise<void> {
  const { file } = await photo.receive();
  const jsonBytes = readJsonLength(request, file.length);
  const contentHash = await hashContent(file);
  const { version } = readPath(request);
  const wish = {
    model: model.name,
    version: version === undefined ? undefined : toVersion(version),
    contentHash,
    hasLeft: () => response.destroyed,
  };
  await context.models.serving.serve(wish, async ({ modelVersion }) => {
    const { maxPixels, maxFaces, uploadTimeoutMs } = context.config;
    const limits = { maxPixels, maxFaces };
    const job = { kind: 'infer', file, model: modelVersion, jsonBytes, ...limits } as const;
    const result = await photo.run(job, { ...weigh(file, manifest), contentHash });
    response.locals.faces = result.batch;
    const hasTensors = result.jsonBytes !== undefined;
    response.set({
      'Content-Type': hasTensors ? 'application/octet-stream' : 'application/json',
      'Content-Length': String(result.file.length),
      'Cache-Control': 'no-store',
      'X-Model-Version': modelVersion,
      'Server-Timing': photo.timings(result),
      ...(hasTensors && { [JSON_LENGTH]: String(result.jsonBytes) }),
    });
    await sendFile(response, result.file, uploadTimeoutMs);
  });
}

/** How many crops the body may hold: the shape stands in its JSON, which the worker reads. */
function weigh(body: Uint8Array, { crop: { width, height } }: GeneratorManifest) {
  const batch = Math.ceil(body.length / (width * height * CHANNELS));
  const faces = Array.from({ length: batch }, (_, i) => i + 1);
  return { header: { width, height: height * batch }, faces };
}

function readJsonLength(request: Request, bodyBytes: number): number | undefined {
  const given = request.get(JSON_LENGTH);
  if (given === undefined) return undefined;
  if (/^\d{1,10}$/.test(given) && Number(given) <= bodyBytes) return Number(given);
  throw new ProblemError(
    'BAD_PARAMETER',
    `${JSON_LENGTH} is ${given}: expected the length of the JSON, at most the body's ${bodyBytes}`,
  );
}
