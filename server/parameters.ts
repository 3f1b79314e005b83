import { z } from 'zod';
import { closestWord } from '../models/contract/closest-word.ts';
import type { FaceChoice } from '../models/contract/face.ts';
import { IMAGE_FORMATS } from './photo/formats.ts';
import { ProblemError } from './problem.ts';

const FACES_OFFERED = 'all, largest, or ids of POST /v1/faces such as 1,3';

const shape = {
  model: z.string().optional().describe('Name of a generator of GET /v1/models. Required.'),
  version: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'expected the number of a version, as GET /v1/models lists them')
    .transform(Number)
    .optional()
    .describe('A published version of the model; by default the one that serves.'),
  strength: z
    .string()
    .regex(/^(\d+\.?\d*|\.\d+)$/, 'expected a number from 0 to 1')
    .transform(Number)
    .refine((value) => value <= 1, 'expected a number from 0 to 1')
    .default(1)
    .meta({
      type: 'number',
      minimum: 0,
      maximum: 1,
      default: 1,
      description: "Share of the model's change; 0 changes nothing.",
    }),
  faces: z
    .string()
    .regex(/^(all|largest|[1-9]\d{0,5}(,[1-9]\d{0,5})*)$/, `expected ${FACES_OFFERED}`)
    .transform(toFaceChoice)
    .default('all')
    .describe(`Which faces: ${FACES_OFFERED}.`),
  format: z
    .enum(IMAGE_FORMATS, 'expected jpeg, png, webp or avif')
    .optional()
    .describe("Of the result; the photo's own when left out."),
  quality: z
    .string()
    .regex(/^([1-9]\d?|100)$/, 'expected a whole number from 1 to 100')
    .transform(Number)
    .optional()
    .meta({
      type: 'integer',
      minimum: 1,
      maximum: 100,
      description: "Of a lossy result; when left out, one that keeps the photo's own.",
    }),
  output: z
    .enum(['photo', 'face'], 'expected photo or face')
    .default('photo')
    .describe("The whole photo, or the largest face alone at the model's own size."),
};

function toFaceChoice(text: string): FaceChoice {
  return text === 'all' || text === 'largest' ? text : text.split(',').map(Number);
}

/** Validates the parameters, and describes them in the OpenAPI document. */
export const makeoverSchema = z.object(shape);

/** What a makeover can be asked for, by query or by form field. */
export type MakeoverParameters = z.infer<typeof makeoverSchema>;

/**
 * Reads the parameters of a makeover.
 *
 * @param sources query and form; a parameter may stand in one of them
 * @throws ProblemError BAD_PARAMETER naming the parameter and what is offered
 */
export function parseParameters(
  ...sources: readonly Readonly<Record<string, unknown>>[]
): MakeoverParameters {
  const given = new Map<string, string>();
  for (const [name, value] of sources.flatMap((source) => Object.entries(source))) {
    const offered = Object.keys(shape);
    if (!offered.includes(name)) {
      throw badParameter(
        `there is no parameter "${name}": did you mean ${closestWord(name, offered)}? Offered are ` +
          offered.join(', '),
      );
    }
    if (given.has(name) || typeof value !== 'string') {
      throw badParameter(`${name} is given twice or has parts: expected one plain value`);
    }
    given.set(name, value);
  }
  const result = makeoverSchema.safeParse(Object.fromEntries(given));
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    return `${name}=${given.get(name)}: ${message}`;
  });
  throw badParameter(problems.join('; '));
}

/**
 * For routes without parameters.
 *
 * @throws ProblemError BAD_PARAMETER when one is given
 */
export function refuseParameters(source: Readonly<Record<string, unknown>>): void {
  const [name] = Object.keys(source);
  if (name === undefined) return;
  throw badParameter(`there is no parameter "${name}" here: only the photo is expected`);
}

function badParameter(detail: string): ProblemError {
  return new ProblemError('BAD_PARAMETER', detail);
}
