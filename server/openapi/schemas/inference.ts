import { z } from 'zod';
import type {
  InferenceModelView,
  InferenceOutputView,
  InferenceResponseView,
  InferenceServerView,
  InferenceTensorView,
} from '../../../models/contract/api/inference.ts';
import { schemaOf } from '../schema-of.ts';

const tensorFields = {
  name: z.string(),
  datatype: z.enum(['UINT8', 'FP32']),
  shape: z.array(z.int()).describe('-1 where the size is free.'),
};

const tensorSchema = schemaOf<InferenceTensorView>()(
  'InferenceTensor',
  'A tensor of a model.',
  z.object(tensorFields),
);

const outputSchema = schemaOf<InferenceOutputView>()(
  'InferenceOutput',
  'A tensor that the model answered: its numbers here, or its bytes after the JSON.',
  z.object({
    ...tensorFields,
    parameters: z.object({ binary_data_size: z.int() }).optional(),
    data: z.array(z.number()).optional(),
  }),
);

export const inferenceServerSchema = schemaOf<InferenceServerView>()(
  'InferenceServer',
  'The server and the extensions of the protocol that it has.',
  z.object({ name: z.string(), version: z.string(), extensions: z.array(z.string()) }),
);

export const inferenceModelSchema = schemaOf<InferenceModelView>()(
  'InferenceModel',
  'A model and its tensors.',
  z.object({
    name: z.string(),
    versions: z.array(z.string()),
    platform: z.string(),
    inputs: z.array(tensorSchema),
    outputs: z.array(tensorSchema),
  }),
);

export const inferenceResponseSchema = schemaOf<InferenceResponseView>()(
  'InferenceResponse',
  'The answer to an inference request.',
  z.object({
    model_name: z.string(),
    model_version: z.string(),
    id: z.string().optional(),
    outputs: z.array(outputSchema),
  }),
);
