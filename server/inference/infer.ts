import { IMAGE } from '../../models/contract/tensor.ts';
import type { LoadedModels } from '../models/model-set.ts';
import type { InferJob, InferResult } from '../photo/job.ts';
import { ProblemError } from '../problem.ts';
import { readInferRequest } from './request.ts';
import { writeInferResponse } from './response.ts';

/**
 * The whole way of one inference request, in a photo worker: reading and writing tensors as JSON
 * would hold up the HTTP process.
 *
 * @throws ProblemError BAD_PARAMETER or MODEL_NOT_READY
 */
export async function infer(
  { file, jsonBytes, model, maxFaces }: InferJob,
  { generators }: LoadedModels,
  onStage: () => void,
): Promise<InferResult> {
  const generator = generators.get(model);
  if (generator === undefined) {
    throw new ProblemError('MODEL_NOT_READY', `the model ${model} is not loaded`);
  }
  const startMs = performance.now();
  const request = readInferRequest(file, jsonBytes, generator.manifest, maxFaces);
  onStage();
  const readMs = performance.now();
  const outputs = await generator.runner.run({ [IMAGE]: request.image });
  onStage();
  const inferredMs = performance.now();
  const response = writeInferResponse(model, request, outputs);
  return {
    kind: 'infer',
    file: response.body,
    jsonBytes: response.jsonBytes,
    batch: request.image.dims[0] ?? 0,
    timingsMs: {
      decode: readMs - startMs,
      infer: inferredMs - readMs,
      encode: performance.now() - inferredMs,
    },
  };
}
