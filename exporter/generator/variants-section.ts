import type { ModelVariant, SuccessDifference } from '../../models/contract/variants.ts';
import { formatNumber, markdownTable } from '../markdown.ts';
import { LIMITS } from '../variants/suitability.ts';

const NAMES = { fp32: 'float32', fp16: 'kernels in half precision', int8: 'int8' } as const;

/** The files of a model: how large, how fast, what each loses, and who should load which. */
export function variantsSection(variants: readonly ModelVariant[]): string[] {
  if (variants.length === 0) return [];
  const [compared] = variants.flatMap(({ quality }) => (quality === undefined ? [] : [quality]));
  const providers = [
    ...new Set(variants.flatMap(({ speed }) => speed.map(({ provider }) => provider))),
  ];
  const judges = compared?.success.map(({ by }) => by) ?? [];
  const header = [
    'file',
    'stores',
    'bytes',
    ...providers.map((provider) => `ms (times as fast) on ${provider}`),
    'SSIM',
    'mean difference',
    'largest difference',
    ...judges.map((by) => `success by ${by}`),
    'suits',
  ];
  return [
    '## Files',
    `Speed: one session on one thread, one face at a time, each run in turn with float32; the ratios hold better than the times, which depend on what else the machine did. Loss: against float32 on the same ${compared?.faces ?? 0} faces of splits ${compared?.splits ?? ''}, differences in grey levels, success as a share of the faces with the paired 95 % interval. A file is for a provider only if that interval lies above ${points(LIMITS.successDifference)} points by every instrument and SSIM is at least ${LIMITS.ssim}; int8 must also be ${LIMITS.int8Speed} times as fast there.`,
    markdownTable(
      header,
      variants.map((variant) => variantLine(variant, providers, judges)),
    ),
  ];
}

function variantLine(
  { precision, path, bytes, speed, quality, suits }: ModelVariant,
  providers: readonly string[],
  judges: readonly string[],
): (string | number)[] {
  const speeds = providers.map((provider) => {
    const row = speed.find((other) => other.provider === provider);
    return row === undefined ? '' : `${formatNumber(row.medianMs)} (${row.ratio.toFixed(2)})`;
  });
  const losses = [quality?.ssim, quality?.meanAbs, quality?.maxAbs];
  return [
    path === undefined ? 'not shipped' : `\`${path}\``,
    NAMES[precision],
    bytes,
    ...speeds,
    ...losses.map((loss) => (loss === undefined ? '' : formatNumber(loss))),
    ...judges.map((by) => interval(quality?.success.find((row) => row.by === by))),
    suits.join(', '),
  ];
}

/** In points, e.g. "-0.3 (-1.1 to 0.5)". */
function interval(row: SuccessDifference | undefined): string {
  if (row === undefined) return '';
  return `${points(row.difference)} (${points(row.low)} to ${points(row.high)})`;
}

function points(share: number): string {
  return (100 * share).toFixed(1);
}
