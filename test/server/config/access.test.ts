import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findSecret } from '../../../server/access/secrets.ts';
import { describeConfig, loadConfig } from '../../../server/config.ts';

const KEY = 'k3y-of-sixteen-characters';
const OTHER = '0ther-key-of-some-length';

let folder: string;
let file: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'deep-makeover-keys-'));
  file = join(folder, 'keys');
  writeFileSync(file, `alice:${KEY}\n${OTHER}\n`);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('nothing is set by default: open, no admin, no proxy', () => {
  expect(loadConfig({})).toMatchObject({ apiKeys: [], adminKey: undefined, trustedProxies: 0 });
});

test.each(['environment', 'file'])('keys and their names come from the %s', (source) => {
  const { apiKeys } = loadConfig(
    source === 'file' ? { DM_API_KEYS_FILE: file } : { DM_API_KEYS: `alice:${KEY}, ${OTHER}` },
  );
  expect(apiKeys.map(({ name }) => name)).toEqual(['alice', undefined]);
  expect(findSecret(KEY, apiKeys)).toBe(apiKeys[0]);
  expect(findSecret(OTHER, apiKeys)).toBe(apiKeys[1]);
});

test('the admin key comes from a file with a line break at its end', () => {
  const adminFile = join(folder, 'admin');
  writeFileSync(adminFile, `${KEY}\n`);
  const { adminKey } = loadConfig({ DM_ADMIN_KEY_FILE: adminFile });
  expect(findSecret(KEY, adminKey ? [adminKey] : [])).toBeDefined();
});

describe('refused, and never shown:', () => {
  test.each([
    ['a short key', { DM_API_KEYS: 'secret' }, /DM_API_KEYS has a key that is too short/],
    ['a short key with a name', { DM_API_KEYS: 'bob:secret' }, /key \("bob"\) that is too short/],
    ['a key with a space', { DM_ADMIN_KEY: 'secret secret secret' }, /DM_ADMIN_KEY has a key/],
    ['no key', { DM_API_KEYS: ' , ' }, /DM_API_KEYS has no key in it/],
    ['an empty value', { DM_API_KEYS: '' }, /DM_API_KEYS=:/],
    ['a key twice', { DM_API_KEYS: `a:${KEY},b:${KEY}` }, /DM_API_KEYS has a key twice/],
    ['no such file', { DM_API_KEYS_FILE: 'nowhere' }, /DM_API_KEYS_FILE=nowhere cannot be read/],
    ['both', { DM_ADMIN_KEY: KEY, DM_ADMIN_KEY_FILE: 'x' }, /both set: keep one/],
  ])('%s', (_name, env, message) => {
    const load = () => loadConfig(env);
    expect(load).toThrow(message);
    expect(load).not.toThrow(/secret|k3y/);
  });
});

test('the description tells that a key is set, not which', () => {
  const text = describeConfig({ DM_API_KEYS: `alice:${KEY}`, DM_ADMIN_KEY_FILE: file });
  expect(text).toContain('DM_API_KEYS=(secret)  #');
  expect(text).toContain('DM_ADMIN_KEY=  #');
  expect(text).toContain(`DM_ADMIN_KEY_FILE=${file}  #`);
  expect(text).not.toContain(KEY);
});
