import { createHash } from 'node:crypto';

/** Shares of the train and validation splits where no list says which; the rest is the test split. */
const TRAIN_SHARE = 0.8;
const VALIDATION_SHARE = 0.1;

/**
 * A split by the hash of a key, such as a file name: 80 % train (0), 10 % validation (1), 10 % test
 * (2). A key keeps its split when others come or go.
 */
export function hashSplit(key: string | Uint8Array): number {
  const share = createHash('sha256').update(key).digest().readUInt32BE() / 2 ** 32;
  if (share < TRAIN_SHARE) return 0;
  return share < TRAIN_SHARE + VALIDATION_SHARE ? 1 : 2;
}

/** Splits in which no person is in two, and how many persons were in two. */
export interface DisjointSplits {
  readonly splits: ReadonlyMap<string, number>;
  readonly divided: number;
  readonly moved: number;
}

/**
 * Moves the faces of each person who is in several splits to the one that holds most of them, the
 * lowest of equals. Figures on people whom the network was trained on would flatter it, while
 * refusing such data would cost a researcher more than these few moves.
 *
 * @param splits by file
 * @param identities by file; a file without one is nobody else's
 */
export function separateIdentities(
  splits: ReadonlyMap<string, number>,
  identities: ReadonlyMap<string, string>,
): DisjointSplits {
  const counts = new Map<string, [number, number, number]>();
  for (const [file, split] of splits) {
    const identity = identities.get(file);
    if (identity === undefined) continue;
    const count = counts.get(identity) ?? [0, 0, 0];
    count[split] = (count[split] ?? 0) + 1;
    counts.set(identity, count);
  }
  const homes = new Map<string, number>();
  for (const [identity, count] of counts) homes.set(identity, count.indexOf(Math.max(...count)));
  let moved = 0;
  const separated = [...splits].map(([file, split]): [string, number] => {
    const home = homes.get(identities.get(file) ?? '') ?? split;
    if (home !== split) moved++;
    return [file, home];
  });
  const divided = [...counts.values()].filter((count) => count.filter((n) => n > 0).length > 1);
  return { splits: new Map(separated), divided: divided.length, moved };
}
