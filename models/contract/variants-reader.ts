import {
  integerFrom,
  listOf,
  number,
  numberFrom,
  object,
  oneOf,
  optional,
  type Reader,
  recordOf,
  text,
} from './json-reader.ts';
import type { Tolerance } from './manifest.ts';
import type { ModelVariant, SuccessDifference, VariantQuality, VariantSpeed } from './variants.ts';

/** Reads the list of a manifest's variants. */
export function variantsOf(
  fileName: Reader<string>,
  tolerance: Reader<Tolerance>,
): Reader<readonly ModelVariant[]> {
  return listOf(
    object<ModelVariant>({
      precision: oneOf('fp32', 'fp16', 'int8'),
      path: optional(fileName),
      bytes: integerFrom(1),
      suits: listOf(text),
      speed: listOf(
        object<VariantSpeed>({ provider: text, medianMs: numberFrom(0), ratio: numberFrom(0) }),
      ),
      quality: optional(
        object<VariantQuality>({
          splits: text,
          faces: integerFrom(1),
          ssim: number,
          maxAbs: numberFrom(0),
          meanAbs: numberFrom(0),
          success: listOf(
            object<SuccessDifference>({ by: text, difference: number, low: number, high: number }),
          ),
        }),
      ),
      tolerance: recordOf(recordOf(tolerance)),
    }),
  );
}
