import { Counter, Histogram, Registry } from 'prom-client';
import { createDeviceMetrics } from './device/metrics.ts';
import { createModelMetrics } from './models/metrics.ts';

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Everything that is counted and measured, for Prometheus. No label holds a file name or a key. */
export type Metrics = ReturnType<typeof createMetrics>;

/** Metrics of one service; two services of one process count apart. */
export function createMetrics() {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,
    httpRequests: new Counter({
      name: 'dm_http_requests_total',
      help: 'Answered requests.',
      labelNames: ['route', 'status'],
      registers,
    }),
    httpDuration: new Histogram({
      name: 'dm_http_request_duration_seconds',
      help: 'From the head of a request to the end of its answer.',
      labelNames: ['route'],
      buckets: SECONDS,
      registers,
    }),
    stageDuration: new Histogram({
      name: 'dm_stage_duration_seconds',
      help: 'Stages of a photo: upload, queue, decode, detect, infer, blend, encode.',
      labelNames: ['stage'],
      buckets: SECONDS,
      registers,
    }),
    rejected: new Counter({
      name: 'dm_rejected_total',
      help: 'Requests refused, by the code of the problem.',
      labelNames: ['reason'],
      registers,
    }),
    expired: new Counter({
      name: 'dm_expired_total',
      help: 'Photos dropped at their deadline or because their client had gone.',
      labelNames: ['where'],
      registers,
    }),
    workerRestarts: new Counter({
      name: 'dm_worker_restarts_total',
      help: 'Photo workers replaced.',
      labelNames: ['reason'],
      registers,
    }),
    cacheHits: new Counter({
      name: 'dm_cache_hits_total',
      help: 'Makeovers answered from the cache of results.',
      registers,
    }),
    cacheMisses: new Counter({
      name: 'dm_cache_misses_total',
      help: 'Makeovers that the cache of results did not have.',
      registers,
    }),
    facesPerPhoto: new Histogram({
      name: 'dm_faces_per_image',
      help: 'Faces made over in a photo.',
      buckets: [0, 1, 2, 4, 8, 16, 32, 64],
      registers,
    }),
    noFace: new Counter({
      name: 'dm_no_face_total',
      help: 'Photos without a face.',
      registers,
    }),
    ...createDeviceMetrics(registers),
    ...createModelMetrics(registers),
  };
}
