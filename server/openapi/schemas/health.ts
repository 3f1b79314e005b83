import { z } from 'zod';
import type {
  FailedModelView,
  HealthView,
  ReadinessView,
} from '../../../models/contract/api/service.ts';
import { schemaOf } from '../schema-of.ts';
import { stateSchema } from './info.ts';

export const healthSchema = schemaOf<HealthView>()(
  'Health',
  'A state in one word.',
  z.object({
    status: z.enum([...stateSchema.options, 'alive', 'started']),
  }),
);

const failedModelSchema = schemaOf<FailedModelView>()(
  'FailedModel',
  'A version that cannot serve, and why.',
  z.object({ name: z.string(), version: z.int().min(1), reason: z.string() }),
);

export const readinessSchema = schemaOf<ReadinessView>()(
  'Readiness',
  'Whether a photo that came now would be made over, and why not.',
  z.object({
    status: stateSchema,
    reasons: z.array(z.string()).describe('What keeps the service from being ready.'),
    provider: z.string(),
    workers: z.object({
      wanted: z.int().describe('Photo workers that should run.'),
      answering: z.int().describe('Those whose models have answered lately.'),
    }),
    served: z.array(z.string()).describe('Generators that serve, as `name/version`.'),
    failed: z.array(failedModelSchema),
  }),
);
