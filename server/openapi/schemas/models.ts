import { z } from 'zod';
import type {
  CanaryView,
  ModelDetailView,
  ModelFileView,
  ModelState,
  ModelsView,
  ModelVersionDetailView,
  ModelVersionView,
  ModelView,
} from '../../../models/contract/api/models.ts';
import { schemaOf } from '../schema-of.ts';

const versionNumber = z.int().min(1);
const provider = z.string().describe('Execution provider, `cpu` or `cuda`; `loading` before.');
const title = z.string().describe('For people.');

const stateSchema = schemaOf<ModelState>()(
  'ModelState',
  '`loading`: the workers have it next. `verifying`: its files and golden pairs are being checked. ' +
    '`standby`: can be asked for by its number.',
  z.enum(['loading', 'verifying', 'active', 'standby', 'canary', 'failed']),
);

const versionFields = {
  version: versionNumber,
  state: stateSchema,
  isLoaded: z.boolean().describe('Whether the workers have it in memory.'),
  reason: z.string().optional().describe('Why it cannot serve, or was taken back.'),
  note: z.string().optional().describe('Why another of its files serves than the one meant.'),
};

const versionSchema = schemaOf<ModelVersionView>()(
  'ModelVersion',
  'One version of a model.',
  z.object(versionFields),
);

const canarySchema = schemaOf<CanaryView>()(
  'Canary',
  'The share of photos that a version gets which is being tried out.',
  z.object({ version: versionNumber, percent: z.number() }),
);

const modelFields = {
  name: z.string(),
  version: versionNumber,
  title,
  state: stateSchema,
  provider,
  reason: z.string().optional().describe('Why it cannot serve.'),
  canary: canarySchema.optional(),
  versions: z.array(versionSchema).describe('All published versions in rising order.'),
};

export const modelSchema = schemaOf<ModelView>()(
  'Model',
  'A model, shown by the version that serves, or else by the one that should.',
  z.object(modelFields),
);

export const modelsSchema = schemaOf<ModelsView>()(
  'Models',
  'The generators, and the detector that finds their faces.',
  z.object({ models: z.array(modelSchema), detector: modelSchema.optional() }),
);

export const modelDetailSchema = schemaOf<ModelDetailView>()(
  'ModelDetail',
  'A model with its channel.',
  z.object({
    ...modelFields,
    kind: z.enum(['generator', 'face-detector', 'unknown']),
    previous: z.number().optional().describe('The version that `rollback` goes back to.'),
    isPinned: z.boolean().describe('Whether an operator chose the version that serves.'),
  }),
);

const fileSchema = schemaOf<ModelFileView>()(
  'ModelFile',
  'A file of a version.',
  z.object({
    path: z.string(),
    sha256: z.string(),
    bytes: z.int(),
    url: z.string().describe('Where it is served; its content never changes.'),
  }),
);

export const versionDetailSchema = schemaOf<ModelVersionDetailView>()(
  'ModelVersionDetail',
  'A version with its files.',
  z.object({
    ...versionFields,
    name: z.string(),
    title,
    provider,
    kind: z.enum(['generator', 'face-detector']),
    licence: z.string(),
    parameters: z.int(),
    gflop: z.number().describe('Billions of floating point operations for one input.'),
    manifestUrl: z.string(),
    files: z.array(fileSchema),
  }),
);
