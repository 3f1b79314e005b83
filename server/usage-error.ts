/** Whether the error is `parseArgs` refusing an unknown or malformed option. */
export function isUsageError(error: unknown): error is Error & { readonly code: string } {
  return (
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  );
}
