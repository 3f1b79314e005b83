/**
 * Lower factor of Cholesky's decomposition A = L L^T, in double.
 *
 * @param a symmetric positive definite, row by row
 * @throws Error when it is not positive definite
 */
export function factorise(a: readonly ArrayLike<number>[]): Float64Array[] {
  const lower = a.map(() => new Float64Array(a.length));
  for (let i = 0; i < a.length; i++) {
    const row = lower[i] as Float64Array;
    for (let j = 0; j <= i; j++) {
      const other = lower[j] as Float64Array;
      let sum = (a[i] as ArrayLike<number>)[j] as number;
      for (let k = 0; k < j; k++) sum -= (row[k] as number) * (other[k] as number);
      if (i === j && !(sum > 0)) {
        throw new Error(`a matrix that must be positive definite is not, at row ${i}`);
      }
      row[j] = i === j ? Math.sqrt(sum) : sum / (other[j] as number);
    }
  }
  return lower;
}

/** Solves L y = x in place. */
export function solveLower(lower: readonly Float64Array[], x: Float64Array): void {
  for (let i = 0; i < x.length; i++) {
    const row = lower[i] as Float64Array;
    let sum = x[i] as number;
    for (let k = 0; k < i; k++) sum -= (row[k] as number) * (x[k] as number);
    x[i] = sum / (row[i] as number);
  }
}

/** Solves L^T y = x in place. */
export function solveLowerTransposed(lower: readonly Float64Array[], x: Float64Array): void {
  for (let i = x.length - 1; i >= 0; i--) {
    let sum = x[i] as number;
    for (let k = i + 1; k < x.length; k++) {
      sum -= ((lower[k] as Float64Array)[i] as number) * (x[k] as number);
    }
    x[i] = sum / ((lower[i] as Float64Array)[i] as number);
  }
}
