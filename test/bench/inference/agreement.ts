import { compareValues } from '../../../exporter/golden.ts';
import { RESIDUAL, type Tensor } from '../../../models/contract/tensor.ts';
import { createRunner } from '../../../trainer/evaluation/runner.ts';
import { createImage, type FeedSize } from './sessions.ts';

/** In grey levels: 1e-4 in [-1, 1]. */
const TOLERANCE = 1e-4 * 127.5;

/**
 * Makes sure that two files compute the same, since else their times could not be compared.
 *
 * @throws Error that says by how much their residuals differ
 */
export async function requireAgreement(
  ours: Uint8Array,
  peer: Uint8Array,
  size: FeedSize,
): Promise<void> {
  const image: Tensor = { type: 'uint8', ...createImage(size) };
  const [expected, found] = await Promise.all([runOnce(ours, image), runOnce(peer, image)]);
  const { maxAbs } = compareValues(found.data, expected.data);
  if (found.data.length !== expected.data.length || !(maxAbs <= TOLERANCE)) {
    throw new Error(
      `PyTorch's network is not ours, so their times cannot be compared: residuals differ by ${maxAbs} ` +
        'grey levels; bring test/bench/peer up to date with trainer/, or leave it out with --no-peer',
    );
  }
}

async function runOnce(model: Uint8Array, image: Tensor): Promise<Tensor> {
  const { [RESIDUAL]: residual } = await (await createRunner(model)).run({ image });
  if (residual === undefined) throw new Error(`the model gives no ${RESIDUAL}`);
  return residual;
}
