import { z } from 'zod';
import type { ErrorCode, ProblemDetails } from '../../../models/contract/api/problem.ts';
import { PROBLEMS } from '../../problem.ts';
import { schemaOf } from '../schema-of.ts';

/** Every code of the catalogue. */
export const ERROR_CODES = Object.keys(PROBLEMS) as ErrorCode[];

export const problemSchema = schemaOf<ProblemDetails>()(
  'Problem',
  'An error, by RFC 9457.',
  z.object({
    type: z.string().describe('A URN that stands for the code.'),
    title: z.string().describe('The same for every occurrence of the code.'),
    status: z.int(),
    detail: z.string().describe('What is wrong, what was expected and what to do.'),
    code: z.enum(ERROR_CODES),
    requestId: z.string().describe("The request's name in the service's log."),
    error: z.string().optional().describe('The detail once more, under /v2 only.'),
  }),
);
