import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { closestWord } from '../models/contract/closest-word.ts';
import { packageFolder } from './paths.ts';

/** A setting that cannot be used; the process ends with exit code 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

function integer(min: number, max: number, defaultValue: number) {
  return z
    .string()
    .regex(/^\d+$/, `expected a whole number from ${min} to ${max}`)
    .transform(Number)
    .refine((value) => value >= min && value <= max, `expected a number from ${min} to ${max}`)
    .default(defaultValue);
}

const MAX_TIMER_MS = 2 ** 31 - 1;
const MIB = 2 ** 20;

const variables = {
  DM_HOST: z.string().min(1).default('127.0.0.1').describe('address that both ports listen on'),
  DM_PORT: integer(0, 65535, 8080).describe('public port; 0 takes a free one'),
  DM_ADMIN_PORT: integer(0, 65535, 8081).describe('port of /livez and /readyz; 0 takes a free one'),
  DM_ALLOWED_HOSTS: z
    .string()
    .transform((list) => list.split(',').flatMap((name) => name.trim().toLowerCase() || []))
    .default([])
    .describe('further host names that requests may use, separated by commas'),
  DM_MODEL_REPO: z
    .string()
    .min(1)
    .default(() => join(packageFolder(), 'models'))
    .describe('folder with <name>/<version>/manifest.json'),
  DM_EP: z
    .enum(['auto', 'cpu', 'cuda'])
    .default('auto')
    .describe('execution provider; auto takes cuda where it works'),
  DM_EP_STRICT: z
    .enum(['true', 'false'])
    .transform((value) => value === 'true')
    .default(false)
    .describe('refuse to start when DM_EP=cuda would fall back to the CPU'),
  DM_WORKERS: integer(1, 512, availableParallelism()).describe('photo workers'),
  DM_WORKER_MAX_RSS_BYTES: integer(64 * MIB, 2 ** 40, 1024 * MIB).describe(
    'a worker that holds more memory after a photo is replaced',
  ),
  DM_MAX_UPLOAD_BYTES: integer(1, 2 ** 30, 15 * MIB).describe('largest file'),
  DM_MAX_PIXELS: integer(1, 2 ** 30, 50_000_000).describe('largest width x height'),
  DM_MAX_FACES: integer(1, 1024, 64).describe('faces made over in one photo, largest first'),
  // Waiting photos stay in memory: at most this number times DM_MAX_UPLOAD_BYTES.
  DM_QUEUE_MAX_REQUESTS: integer(1, 65536, 64).describe(
    'photos uploading, waiting, in work or being sent',
  ),
  DM_UPLOAD_TIMEOUT_MS: integer(1, MAX_TIMER_MS, 15_000).describe(
    'time for an upload, and for sending a result, extended by a second for each 64 KiB',
  ),
  DM_TIMEOUT_MS: integer(1, MAX_TIMER_MS, 30_000).describe('time for a photo after its upload'),
  DM_DRAIN_TIMEOUT_MS: integer(0, MAX_TIMER_MS, 20_000).describe(
    'time for the photos in work when the service stops',
  ),
  DM_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('least level that is logged'),
};

const schema = z.object(variables);

/** Read by our tests, not by the service. */
const TEST_VARIABLES = ['DM_TEST_REQUIRE'];

type Variables = z.infer<typeof schema>;

/** Settings of the service. */
export type ServerConfig = ReturnType<typeof toConfig>;

function toConfig(values: Variables) {
  return {
    host: values.DM_HOST,
    port: values.DM_PORT,
    adminPort: values.DM_ADMIN_PORT,
    allowedHosts: values.DM_ALLOWED_HOSTS as readonly string[],
    modelRepo: values.DM_MODEL_REPO,
    provider: { wanted: values.DM_EP, isStrict: values.DM_EP_STRICT },
    workers: values.DM_WORKERS,
    workerMaxRssBytes: values.DM_WORKER_MAX_RSS_BYTES,
    maxUploadBytes: values.DM_MAX_UPLOAD_BYTES,
    maxPixels: values.DM_MAX_PIXELS,
    maxFaces: values.DM_MAX_FACES,
    queueMaxRequests: values.DM_QUEUE_MAX_REQUESTS,
    uploadTimeoutMs: values.DM_UPLOAD_TIMEOUT_MS,
    timeoutMs: values.DM_TIMEOUT_MS,
    drainTimeoutMs: values.DM_DRAIN_TIMEOUT_MS,
    logLevel: values.DM_LOG_LEVEL,
  } as const;
}

/**
 * Reads the service's settings from DM_* variables.
 *
 * @throws ConfigError naming the variable, what is expected and what it holds
 */
export function loadConfig(env: NodeJS.ProcessEnv): ServerConfig {
  return toConfig(parseVariables(env));
}

function parseVariables(env: NodeJS.ProcessEnv): Variables {
  const given = Object.entries(env).filter(
    ([name]) => name.startsWith('DM_') && !TEST_VARIABLES.includes(name),
  );
  for (const [name] of given) {
    if (name in variables) continue;
    const nearest = closestWord(name, Object.keys(variables));
    throw new ConfigError(
      `${name} is no setting: did you mean ${nearest}? --print-config lists all`,
    );
  }
  const result = schema.safeParse(Object.fromEntries(given));
  if (result.success) return result.data;
  const problems = result.error.issues.map(
    ({ path, message }) => `${String(path[0])}=${env[String(path[0])]}: ${message}`,
  );
  throw new ConfigError(problems.join('\n'));
}

/** One line for each setting: its value in effect and what it means. */
export function describeConfig(env: NodeJS.ProcessEnv): string {
  const values = parseVariables(env);
  return Object.entries(variables)
    .map(([name, variable]) => {
      const value = values[name as keyof Variables];
      return `${name}=${Array.isArray(value) ? value.join(',') : value}  # ${variable.description}\n`;
    })
    .join('');
}
