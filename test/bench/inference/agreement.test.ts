import { expect, test } from 'vitest';
import { buildSmallGenerator } from '../../support/small-generator.ts';
import { requireAgreement } from './agreement.ts';

const SIZE = { batch: 2, height: 20, width: 16 };

test('files that compute the same may be compared, others may not', async () => {
  const ours = buildSmallGenerator();
  await requireAgreement(ours, buildSmallGenerator(), SIZE);
  const other = buildSmallGenerator({ weight: 0.3 });
  await expect(requireAgreement(ours, other, SIZE)).rejects.toThrow(/differ by \d.*--no-peer/);
  const silent = buildSmallGenerator({ withoutResidual: true });
  await expect(requireAgreement(ours, silent, SIZE)).rejects.toThrow(/gives no residual/);
});
