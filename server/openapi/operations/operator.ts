import type { RouteConfig } from '@asteasolutions/zod-to-openapi';
import { json, problems, text } from '../answers.ts';
import { healthSchema, readinessSchema } from '../schemas/health.ts';

/** Where the operator's routes are: a port of its own, which is not for everyone. */
export const OPERATOR_SERVERS = [
  { url: 'http://localhost:8081', description: "The operator's port, DM_ADMIN_PORT." },
];

/** Health and metrics, on the operator's port. */
export const operatorOperations: readonly RouteConfig[] = [
  {
    method: 'get',
    path: '/livez',
    operationId: 'checkLiveness',
    tags: ['Operator'],
    summary: 'Tell whether the process answers at all: if not, restart it',
    servers: OPERATOR_SERVERS,
    responses: { 200: json('It is alive.', healthSchema), ...problems() },
  },
  {
    method: 'get',
    path: '/startupz',
    operationId: 'checkStartup',
    tags: ['Operator'],
    summary: 'Tell whether the models have been loaded since the start',
    servers: OPERATOR_SERVERS,
    responses: {
      ...problems(),
      200: json('It has started.', healthSchema),
      503: json('It is starting.', healthSchema),
    },
  },
  {
    method: 'get',
    path: '/readyz',
    operationId: 'checkReadiness',
    tags: ['Operator'],
    summary: 'Tell whether a photo that came now would be made over, and why not',
    servers: OPERATOR_SERVERS,
    responses: {
      ...problems(),
      200: json('It is ready: its workers have just proved it by an inference.', readinessSchema),
      503: json('It is not ready.', readinessSchema),
    },
  },
  {
    method: 'get',
    path: '/metrics',
    operationId: 'readMetrics',
    tags: ['Operator'],
    summary: 'Metrics for Prometheus',
    servers: OPERATOR_SERVERS,
    responses: { 200: text("Prometheus' text format.", 'text/plain'), ...problems() },
  },
];
