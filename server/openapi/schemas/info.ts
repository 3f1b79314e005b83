import { z } from 'zod';
import type { AccessView, InfoView, PrivacyView } from '../../../models/contract/api/service.ts';
import { schemaOf } from '../schema-of.ts';
import { modelSchema } from './models.ts';

export const stateSchema = z
  .enum(['starting', 'ready', 'not ready', 'draining'])
  .meta({ id: 'ServiceState', description: 'How the service is doing as a whole.' });

const privacySchema = schemaOf<PrivacyView>()(
  'Privacy',
  'What becomes of the photos that are sent.',
  z.object({
    statement: z.string().describe('The rest of this object in whole sentences, for people.'),
    writesPhotosToDisk: z.boolean().describe('Of single photos; those of batches are.'),
    keepsBatchesS: z
      .number()
      .min(0)
      .describe('Seconds that batches stay on the disk after their end; 0: none are taken.'),
    resultCacheBytes: z
      .int()
      .min(0)
      .describe('Memory for results of which a client may ask again; 0: none.'),
    removesMetadata: z.boolean().describe('Whether place, time, camera and the like are left out.'),
    aiEditMark: z
      .object({ property: z.string(), value: z.string() })
      .describe('The XMP property that marks results as edited by AI, and its value.'),
  }),
);

const accessSchema = schemaOf<AccessView>()(
  'Access',
  'Who may use the service, and how much.',
  z.object({
    needsKey: z.boolean().describe('Whether requests need a key.'),
    megapixelsPerMinute: z
      .number()
      .optional()
      .describe("Each client's budget in millions of pixels a minute; none when absent."),
  }),
);

export const infoSchema = schemaOf<InfoView>()(
  'Info',
  'What the service takes and gives.',
  z.object({
    version: z.string().describe('Of the software.'),
    state: stateSchema,
    queue: z
      .enum(['free', 'busy', 'full'])
      .describe('Whether a photo would be begun at once, would wait, or would be refused.'),
    provider: z.string().describe('Execution provider of all models; `loading` before.'),
    providerReason: z
      .string()
      .optional()
      .describe('Why models do not run on CUDA, where that was wanted or tried.'),
    models: z.array(modelSchema),
    limits: z.object({
      maxUploadBytes: z.int(),
      maxPixels: z.int().describe('Largest width x height.'),
      maxFaces: z.int().describe('Faces made over in one photo, the largest first.'),
      timeoutMs: z.int().describe('Time for a photo after its upload.'),
    }),
    inputTypes: z.array(z.string()).describe('Media types that an upload may have.'),
    outputTypes: z.array(z.string()).describe('Media types that a result may be asked in.'),
    access: accessSchema,
    privacy: privacySchema,
  }),
);
