import { z } from 'zod';
import type { FaceQuality, FacesView, FaceView } from '../../../models/contract/api/faces.ts';
import type { Box, Point } from '../../../models/contract/geometry.ts';
import { schemaOf } from '../schema-of.ts';

const pointSchema = schemaOf<Point>()(
  'Point',
  'Pixels of the upright photo, from its left and its top.',
  z.object({ x: z.number(), y: z.number() }),
);

const boxSchema = schemaOf<Box>()(
  'Box',
  'Pixels of the upright photo; it may reach beyond its borders.',
  z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
);

const qualitySchema = schemaOf<FaceQuality>()(
  'FaceQuality',
  'How well a face is seen.',
  z.object({
    reasons: z
      .array(z.enum(['TOO_SMALL', 'TURNED_AWAY', 'BLURRED', 'CUT_OFF']))
      .describe('Why a makeover may look bad; empty for a face that is seen well.'),
    eyeDistancePx: z.number().describe('Between the eyes, in pixels of the photo.'),
    turn: z
      .number()
      .describe('0 seen from the front; how far the nose lies off, in distances of the eyes.'),
    sharpness: z.number().describe('Fine detail as a share of coarse.'),
    visibleShare: z.number().describe('Share of the face that lies inside the photo.'),
  }),
);

const faceSchema = schemaOf<FaceView>()(
  'Face',
  "A face of a photo; left is the picture's left.",
  z.object({
    id: z.int().min(1).describe('1 for the largest face, 2 for the next.'),
    box: boxSchema,
    leftEye: pointSchema,
    rightEye: pointSchema,
    nose: pointSchema,
    mouth: pointSchema,
    leftEar: pointSchema,
    rightEar: pointSchema,
    score: z.number().min(0).max(1).describe('Probability that the detector gave.'),
    quality: qualitySchema,
  }),
);

export const facesSchema = schemaOf<FacesView>()(
  'Faces',
  'The faces of a photo, the largest first.',
  z.object({
    width: z.int().describe('Of the upright photo in pixels.'),
    height: z.int(),
    faces: z.array(faceSchema),
  }),
);
