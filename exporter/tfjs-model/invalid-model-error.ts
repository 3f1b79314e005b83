/** A model that cannot be converted as it is. The command answers it with exit code 2. */
export class InvalidModelError extends Error {
  override readonly name = 'InvalidModelError';
}
