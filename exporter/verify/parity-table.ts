import { alignColumns } from '../../trainer/columns.ts';
import { formatNumber } from '../markdown.ts';
import type { MeasuredParity } from '../verify.ts';

/**
 * How far each file is from tf.js in every runtime, for a terminal. The first row is what all are
 * compared with.
 *
 * @param absent runtimes that this machine does not have
 */
export function formatParity(parity: readonly MeasuredParity[], absent: readonly string[]): string {
  const outputs = [...new Set(parity.map(({ output }) => output))].join(', ');
  return alignColumns([
    ['runtime', 'file', 'output', 'largest', 'mean', 'allowed'],
    ['tf.js, stored golden pairs', '', outputs, '0', '0', ''],
    ...parity.map(({ runtime, file, output, maxAbs, meanAbs, allowed }) => [
      runtime,
      file,
      output,
      formatNumber(maxAbs),
      formatNumber(meanAbs),
      `${formatNumber(allowed.maxAbs)}, ${formatNumber(allowed.meanAbs)}`,
    ]),
    ...absent.map((runtime) => [runtime, 'not on this machine']),
  ]);
}
