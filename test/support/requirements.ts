const KNOWN = ['native', 'chromium'] as const;

/**
 * Whether `DM_TEST_REQUIRE`, a list such as `native,chromium`, forbids to skip the tests that need
 * this. Throws an Error for a name that it does not know.
 */
export function isRequired(name: (typeof KNOWN)[number]): boolean {
  const names = (process.env['DM_TEST_REQUIRE'] ?? '').split(',').filter((part) => part !== '');
  const unknown = names.filter((part) => !KNOWN.some((known) => known === part));
  if (unknown.length > 0) {
    throw new Error(`DM_TEST_REQUIRE names ${unknown.join(', ')}: it knows ${KNOWN.join(', ')}`);
  }
  return names.includes(name);
}
