/** The word with the fewest inserted, deleted or replaced letters; the first of equals. */
export function closestWord(word: string, candidates: readonly string[]): string {
  const [first, ...others] = candidates;
  if (first === undefined) throw new RangeError('closestWord needs at least one candidate');
  let closest = first;
  for (const candidate of others) {
    if (editDistance(word, candidate) < editDistance(word, closest)) closest = candidate;
  }
  return closest;
}

/** Levenshtein distance, one row of its table at a time. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replaced, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
