import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Request, type Response, Router } from 'express';
import type {
  ModelDetailView,
  ModelsView,
  ModelVersionDetailView,
} from '../../models/contract/api/models.ts';
import type { Manifest, ModelFile } from '../../models/contract/manifest.ts';
import { allowOnly } from '../errors.ts';
import { ModelFileStore } from '../models/file-store.ts';
import type { ModelEntry } from '../models/repository.ts';
import { ProblemError } from '../problem.ts';
import { sendFile } from '../send-file.ts';
import type { ServiceContext } from '../service-context.ts';

/** Compressed and plain weights of a few models. */
const FILE_CACHE_BYTES = 64 * 2 ** 20;
const MANIFEST = 'manifest.json';
/** The best one first: clients name them in any order. */
const CODINGS = ['br', 'gzip'] as const;
const IMMUTABLE = 'public, max-age=31536000, immutable';

/** GET /v1/models and below: what is served, and the very files, for browsers that run a model. */
export function modelRoutes(context: ServiceContext): Router {
  const { registry, config } = context;
  const files = new ModelFileStore(FILE_CACHE_BYTES);
  const router = Router();
  router
    .route('/v1/models')
    .get((_request, response) => {
      const detector = registry.detector?.view(registry.provider ?? 'loading');
      const view: ModelsView = { models: registry.views, ...(detector && { detector }) };
      response.set('Cache-Control', 'no-cache').json(view);
    })
    .all(allowOnly('GET'));
  router
    .route('/v1/models/:name')
    .get((request, response) => {
      response.set('Cache-Control', 'no-cache').json(viewModel(context, request.params.name));
    })
    .all(allowOnly('GET'));
  router
    .route('/v1/models/:name/versions/:version')
    .get((request, response) => {
      const { name, version } = request.params;
      response.set('Cache-Control', 'no-cache').json(viewVersion(context, name, version));
    })
    .all(allowOnly('GET'));
  router
    .route('/v1/models/:name/versions/:version/files/:path')
    .get((request, response) => {
      const { name, version, path } = request.params;
      const { folder, manifest } = requireManifest(context, name, version);
      return answerFile(request, response, { folder, manifest, path, files, config });
    })
    .all(allowOnly('GET'));
  return router;
}

/** All that is told about a model. Throws ProblemError MODEL_NOT_FOUND. */
export function viewModel({ registry }: ServiceContext, name: string): ModelDetailView {
  const model = registry.requireModel(name);
  const { previous, isPinned } = model.channel;
  return {
    ...model.view(registry.provider ?? 'loading'),
    kind: model.kind,
    ...(previous !== undefined && { previous }),
    isPinned,
  };
}

function viewVersion(
  context: ServiceContext,
  name: string,
  version: string,
): ModelVersionDetailView {
  const entry = requireManifest(context, name, version);
  const { manifest } = entry;
  const base = `/v1/models/${name}/versions/${entry.version}/files`;
  return {
    name,
    ...context.registry.requireModel(name).viewVersion(entry.version),
    title: manifest.title,
    provider: context.registry.provider ?? 'loading',
    kind: manifest.kind,
    licence: manifest.licence,
    parameters: manifest.parameters,
    gflop: manifest.gflop,
    manifestUrl: `${base}/${MANIFEST}`,
    // The hash makes it another address where a version was replaced by force.
    files: manifest.files.map((file) => ({
      ...file,
      url: `${base}/${file.path}?sha256=${file.sha256}`,
    })),
  };
}

/** Names and versions are looked up in the registry, never made into paths. */
function requireManifest(
  { registry }: ServiceContext,
  name: string,
  version: string,
): ModelEntry & { readonly manifest: Manifest } {
  const entry = registry.requireEntry(name, /^[1-9]\d{0,8}$/.test(version) ? Number(version) : 0);
  const { manifest, reason } = entry;
  if (manifest !== undefined) return { ...entry, manifest };
  throw new ProblemError('MODEL_NOT_READY', `${name}/${version} cannot be read: ${reason}`);
}

async function describeFile(
  folder: string,
  { files, name, version }: Manifest,
  path: string,
): Promise<ModelFile> {
  const listed = files.find((file) => file.path === path);
  if (listed !== undefined) return listed;
  if (path !== MANIFEST) {
    const paths = [MANIFEST, ...files.map((file) => file.path)].join(', ');
    throw new ProblemError(
      'NOT_FOUND',
      `${name}/${version} has no file of this name: there is ${paths}`,
    );
  }
  const content = await readFile(join(folder, MANIFEST)).catch((error: unknown) => {
    throw new ProblemError('MODEL_NOT_READY', `the manifest cannot be read: ${String(error)}`);
  });
  const sha256 = createHash('sha256').update(content).digest('hex');
  return { path, sha256, bytes: content.length };
}

interface FileAnswer {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly path: string;
  readonly files: ModelFileStore;
  readonly config: { readonly uploadTimeoutMs: number };
}

async function answerFile(
  request: Request,
  response: Response,
  { folder, manifest, path, files, config }: FileAnswer,
): Promise<void> {
  const file = await describeFile(folder, manifest, path);
  // The manifest itself is asked for again each time: a version may be replaced by force.
  const caching = path === MANIFEST ? 'no-cache' : IMMUTABLE;
  // Weak, since the coding may differ: the bytes behind it are the same.
  response.set({ ETag: `W/"${file.sha256}"`, 'Cache-Control': caching, Vary: 'Accept-Encoding' });
  if (request.fresh) {
    response.status(304).end();
    return;
  }
  const accepted = request.acceptsEncodings();
  const wanted = CODINGS.find((coding) => accepted.includes(coding)) ?? 'identity';
  const found = await files.read(folder, file, wanted).catch((error: unknown) => {
    response.removeHeader('ETag');
    const reason = error instanceof Error ? error.message : String(error);
    throw new ProblemError('MODEL_NOT_READY', `the file cannot be served: ${reason}`);
  });
  const { content, coding } = found;
  response.set({
    'Content-Type': mediaTypeOf(file.path),
    'Content-Length': String(content.length),
    ...(coding !== 'identity' && { 'Content-Encoding': coding }),
  });
  await sendFile(response, content, config.uploadTimeoutMs);
}

function mediaTypeOf(path: string): string {
  if (path.endsWith('.json')) return 'application/json; charset=utf-8';
  // Never as HTML or script, whatever a manifest may list.
  if (/\.md$|\.txt$|^LICENSE$/.test(path)) return 'text/plain; charset=utf-8';
  return 'application/octet-stream';
}
