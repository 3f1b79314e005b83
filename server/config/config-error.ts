/** A setting that cannot be used; the process ends with exit code 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
