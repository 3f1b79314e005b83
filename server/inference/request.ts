import { z } from 'zod';
import type { GeneratorManifest } from '../../models/contract/manifest.ts';
import { IMAGE, RESIDUAL, RESULT, type Tensor } from '../../models/contract/tensor.ts';
import { ProblemError } from '../problem.ts';

/** Parameters of the protocol's extensions; those that we do not know change nothing. */
const parameters = z.record(z.string(), z.unknown()).optional();

const inputSchema = z.object({
  name: z.string(),
  shape: z.array(z.int().min(0)),
  datatype: z.string(),
  parameters,
  data: z.array(z.unknown()).optional().describe('Row by row, nested or not.'),
});

const outputSchema = z.object({ name: z.string(), parameters });

/** Body of an inference request; of a binary one, the JSON at its beginning. */
export const inferRequestSchema = z
  .object({
    id: z.string().optional(),
    parameters,
    inputs: z.array(inputSchema),
    outputs: z.array(outputSchema).optional().describe('All when left out.'),
  })
  .meta({ id: 'InferRequest', description: 'An inference request.' });

type RequestHead = z.output<typeof inferRequestSchema>;

/** Names of a generator's outputs, in the order in which they are answered. */
export const OUTPUTS = [RESULT, RESIDUAL] as const;

export interface WantedOutput {
  readonly name: (typeof OUTPUTS)[number];
  /** As bytes after the JSON, or as numbers in it. */
  readonly isBinary: boolean;
}

export interface InferRequest {
  readonly id: string | undefined;
  readonly image: Tensor & { readonly type: 'uint8' };
  readonly outputs: readonly WantedOutput[];
}

/**
 * Reads an inference request of the Open Inference Protocol, v2, with its extension for binary
 * tensors.
 *
 * @param jsonBytes length of the JSON at the beginning, before binary tensors; undefined: all
 * @param maxBatch largest number of crops
 * @throws ProblemError BAD_PARAMETER
 */
export function readInferRequest(
  body: Uint8Array,
  jsonBytes: number | undefined,
  { crop }: Pick<GeneratorManifest, 'crop'>,
  maxBatch: number,
): InferRequest {
  const head = readHead(body.subarray(0, jsonBytes));
  const tail = jsonBytes === undefined ? new Uint8Array() : body.subarray(jsonBytes);
  const [input, ...others] = head.inputs;
  if (input?.name !== IMAGE || others.length > 0) {
    const names = head.inputs.map(({ name }) => name).join(', ') || 'none';
    throw bad(`inputs are ${names}: expected one, "${IMAGE}"`);
  }
  if (input.datatype !== 'UINT8') {
    throw bad(`${IMAGE} has the datatype ${input.datatype}: expected UINT8`);
  }
  const expected = [crop.height, crop.width, 3];
  const [batch = 0, ...size] = input.shape;
  if (size.join() !== expected.join() || batch < 1 || batch > maxBatch) {
    throw bad(
      `${IMAGE} has the shape [${input.shape.join()}]: expected [n,${expected.join()}], n from 1 ` +
        `to ${maxBatch}`,
    );
  }
  const length = input.shape.reduce((product, dim) => product * dim, 1);
  const data = readData(input, tail, length);
  return {
    id: head.id,
    image: { type: 'uint8', dims: input.shape, data },
    outputs: readOutputs(head),
  };
}

function readHead(json: Uint8Array): RequestHead {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(json));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw bad(
      `the request is no JSON (${reason}): with binary tensors after it, the header ` +
        'Inference-Header-Content-Length must say how long the JSON is',
    );
  }
  const result = inferRequestSchema.safeParse(value);
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
  throw bad(problems.join('; '));
}

function readData(
  { parameters: given, data }: RequestHead['inputs'][number],
  tail: Uint8Array,
  length: number,
): Uint8Array {
  const size = given?.['binary_data_size'];
  if (size === undefined && data !== undefined) {
    if (tail.length > 0) throw bad(`${tail.length} bytes follow that belong to no tensor`);
    return readNumbers(data, length);
  }
  if (size === undefined || data !== undefined) {
    throw bad(`${IMAGE} needs either data or the parameter binary_data_size`);
  }
  if (size !== length || tail.length !== length) {
    throw bad(
      `${IMAGE} has ${length} bytes by its shape, binary_data_size says ${JSON.stringify(size)}, ` +
        `${tail.length} bytes follow the JSON`,
    );
  }
  // A view into the request would keep its alignment and the whole of it.
  return tail.slice();
}

function readNumbers(nested: readonly unknown[], length: number): Uint8Array {
  const values: unknown[] = nested.flat(Number.POSITIVE_INFINITY);
  if (values.length !== length) {
    throw bad(`${IMAGE} has ${values.length} values, its shape needs ${length}`);
  }
  const wrong = values.find(
    (value) => !(Number.isInteger(value) && Number(value) >= 0 && Number(value) <= 255),
  );
  if (wrong !== undefined) {
    throw bad(`${IMAGE} holds ${JSON.stringify(wrong)}: expected whole numbers from 0 to 255`);
  }
  return Uint8Array.from(values as number[]);
}

function readOutputs({ outputs, parameters: given }: RequestHead): WantedOutput[] {
  const isBinaryByDefault = given?.['binary_data_output'] === true;
  const wanted = outputs ?? OUTPUTS.map((name) => ({ name, parameters: undefined }));
  return wanted.map(({ name, parameters: own }) => {
    const known = OUTPUTS.find((output) => output === name);
    if (known === undefined) {
      throw bad(`there is no output "${name}": there is ${OUTPUTS.join(', ')}`);
    }
    const isBinary = own?.['binary_data'] ?? isBinaryByDefault;
    return { name: known, isBinary: isBinary === true };
  });
}

function bad(detail: string): ProblemError {
  return new ProblemError('BAD_PARAMETER', detail);
}
