import type { Request } from 'express';
import type { MakeoverParameters } from '../parameters.ts';
import {
  IMAGE_FORMATS,
  type ImageFormat,
  mediaTypeOf,
  type PhotoFormat,
  resultFormatOf,
} from '../photo/formats.ts';
import { ProblemError } from '../problem.ts';

/**
 * The format of a result: what `format` says, else the one that the header Accept likes best
 * (RFC 9110, 12.5.1). Among equals, as under a missing header, the photo's own comes first.
 *
 * @throws ProblemError FORMAT_NOT_OFFERED when Accept takes no format that can be written
 */
export function chooseOutputFormat(
  request: Pick<Request, 'accepts' | 'headers'>,
  { format, output }: Pick<MakeoverParameters, 'format' | 'output'>,
  photoFormat: PhotoFormat,
): ImageFormat {
  if (format !== undefined) return format;
  const own = output === 'face' ? 'png' : resultFormatOf(photoFormat);
  const offered = [own, ...IMAGE_FORMATS.filter((other) => other !== own)];
  const type = request.accepts(offered.map(mediaTypeOf));
  const accepted = offered.find((other) => mediaTypeOf(other) === type);
  if (accepted !== undefined) return accepted;
  throw new ProblemError(
    'FORMAT_NOT_OFFERED',
    `Accept is ${request.headers.accept}, offered are ${IMAGE_FORMATS.map(mediaTypeOf).join(', ')}: ` +
      'accept one of them, or ask for one by format=',
  );
}
