import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type StoredSecret, storeSecret } from '../access/secrets.ts';
import { ConfigError } from './config-error.ts';
import { integer, lowerCaseList } from './setting-kinds.ts';

/** Short ones could be found by trying, and their hashes be turned back. */
const MIN_KEY_LENGTH = 16;
const HOW_TO_MAKE_ONE = 'make one with: openssl rand -hex 32';

/** Never printed, neither by --print-config nor in an error. */
export const SECRET_VARIABLES: readonly string[] = ['DM_API_KEYS', 'DM_ADMIN_KEY'];

/** Who may use the service, and how much of it. */
export const accessVariables = {
  DM_API_KEYS: z
    .string()
    .min(1)
    .optional()
    .describe('keys that requests need, separated by commas, each with a name if wanted: name:key'),
  DM_API_KEYS_FILE: z.string().min(1).optional().describe('file with the keys, one a line'),
  DM_ADMIN_KEY: z
    .string()
    .min(1)
    .optional()
    .describe('key of the routes under /admin, which are off without one'),
  DM_ADMIN_KEY_FILE: z.string().min(1).optional().describe('file with the key of /admin'),
  DM_TRUST_PROXY: integer(0, 9, 0).describe(
    'proxies in front of the service, whose X-Forwarded-For tells the client; 0 trusts none',
  ),
  DM_RATE_MPX_PER_MIN: integer(0, 1_000_000, 0).describe(
    'each client may have so many million pixels a minute made over; 0 sets no limit',
  ),
  DM_CORS_ORIGINS: lowerCaseList()
    .refine(
      (origins) => origins.every(isOrigin),
      'expected origins such as https://a.example, or *',
    )
    .describe('other sites whose pages may use the service, separated by commas; * for all'),
};

/** @throws ConfigError when a key is too short, given twice, or its file cannot be read */
export function toAccess(values: z.infer<z.ZodObject<typeof accessVariables>>) {
  const apiKeys = readSecret('DM_API_KEYS', values.DM_API_KEYS, values.DM_API_KEYS_FILE);
  const adminKey = readSecret('DM_ADMIN_KEY', values.DM_ADMIN_KEY, values.DM_ADMIN_KEY_FILE);
  return {
    apiKeys: parseKeys(apiKeys),
    adminKey: adminKey === undefined ? undefined : parseKey('DM_ADMIN_KEY', adminKey.trim()),
    trustedProxies: values.DM_TRUST_PROXY,
    pixelsPerMinute: values.DM_RATE_MPX_PER_MIN * 1_000_000,
    corsOrigins: values.DM_CORS_ORIGINS,
  } as const;
}

/** Scheme, host and perhaps a port, as browsers write them. */
function isOrigin(text: string): boolean {
  return text === '*' || (URL.canParse(text) && new URL(text).origin === text);
}

/**
 * A secret's value, or the content of its file.
 *
 * @throws ConfigError when both are set, or the file cannot be read
 */
export function readSecret(
  variable: string,
  value: string | undefined,
  file: string | undefined,
): string | undefined {
  if (file === undefined) return value;
  if (value !== undefined) {
    throw new ConfigError(`${variable} and ${variable}_FILE are both set: keep one of them`);
  }
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new ConfigError(`${variable}_FILE=${file} cannot be read (${reason})`);
  }
}

function parseKeys(list: string | undefined): readonly StoredSecret[] {
  if (list === undefined) return [];
  const entries = list.split(/[,\n]/).flatMap((entry) => entry.trim() || []);
  // An empty file must not open the service to all.
  if (entries.length === 0) {
    throw new ConfigError(
      `DM_API_KEYS has no key in it: unset it to open the service, or ${HOW_TO_MAKE_ONE}`,
    );
  }
  const keys = entries.map((entry) => {
    const named = /^([\w.-]{1,64}):(.*)$/.exec(entry);
    return parseKey('DM_API_KEYS', named?.[2] ?? entry, named?.[1]);
  });
  if (new Set(keys.map(({ hash }) => hash.toString('hex'))).size < keys.length) {
    throw new ConfigError('DM_API_KEYS has a key twice: give every client its own');
  }
  return keys;
}

function parseKey(variable: string, key: string, name?: string): StoredSecret {
  if (key.length >= MIN_KEY_LENGTH && /^[\x21-\x7e]+$/.test(key)) return storeSecret(key, name);
  throw new ConfigError(
    `${variable} has a key${name === undefined ? '' : ` ("${name}")`} that is too short or has ` +
      `spaces or other characters that no header can carry: expected at least ${MIN_KEY_LENGTH} ` +
      `ASCII characters, ${HOW_TO_MAKE_ONE}`,
  );
}
