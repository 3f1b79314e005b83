import { z } from 'zod';
import { integer, lowerCaseList, MAX_TIMER_MS } from './setting-kinds.ts';

/** Ports, names and the log. */
export const networkVariables = {
  DM_HOST: z.string().min(1).default('127.0.0.1').describe('address that both ports listen on'),
  DM_PORT: integer(0, 65535, 8080).describe('public port; 0 takes a free one'),
  DM_ADMIN_PORT: integer(0, 65535, 8081).describe('port of /livez and /readyz; 0 takes a free one'),
  DM_ALLOWED_HOSTS: lowerCaseList().describe(
    'further host names that requests may use, separated by commas',
  ),
  DM_MAX_CONNECTIONS: integer(1, 65535, 1024).describe(
    'open connections on each port; further ones are closed at once',
  ),
  DM_DRAIN_TIMEOUT_MS: integer(0, MAX_TIMER_MS, 20_000).describe(
    'time for the photos in work when the service stops',
  ),
  DM_LOG_LEVEL: z
    .enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])
    .default('info')
    .describe('least level that is logged'),
};

export function toNetwork(values: z.infer<z.ZodObject<typeof networkVariables>>) {
  return {
    host: values.DM_HOST,
    port: values.DM_PORT,
    adminPort: values.DM_ADMIN_PORT,
    allowedHosts: values.DM_ALLOWED_HOSTS,
    maxConnections: values.DM_MAX_CONNECTIONS,
    drainTimeoutMs: values.DM_DRAIN_TIMEOUT_MS,
    logLevel: values.DM_LOG_LEVEL,
  } as const;
}
