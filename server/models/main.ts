import { parseArgs } from 'node:util';
import type { ModelDetailView } from '../../models/contract/api/models.ts';
import type { ProblemDetails } from '../../models/contract/api/problem.ts';
import { readSecret } from '../config/access.ts';
import { ConfigError } from '../config.ts';
import { isUsageError } from '../usage-error.ts';
import { publishFolder } from './publish.ts';

const HELP = `deep-makeover models VERB [options]

  list                                 versions of all models and what they are at
  activate NAME VERSION|latest         let a version serve; latest follows the newest again
  rollback NAME                        end the canary, or go back to the version before
  canary NAME VERSION --percent P      give a version P % of the photos; 0 ends that
  publish MODEL_DIR REPO               copy an exported model into a repository, whole or not at all

All but publish ask the running service at its admin port:
  --url URL         http://localhost:8081 by default
  --json            print what the service answers

The key is that of the service: DM_ADMIN_KEY or DM_ADMIN_KEY_FILE.
`;

const DEFAULT_URL = 'http://localhost:8081';

interface Options {
  readonly url?: string;
  readonly percent?: string;
  readonly json?: boolean;
}

/**
 * The verb `models`.
 *
 * @returns exit code: 0 done, 1 refused, 2 wrong use, 3 the service cannot be reached
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        percent: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean' },
      },
    });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    return await run(positionals, values);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    process.stderr.write(`${error.message}\n`);
    if (error instanceof ConfigError || isUsageError(error)) return 2;
    return error instanceof UnreachableError ? 3 : 1;
  }
}

/** No service answers at the admin port. */
class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

async function run([verb, ...names]: readonly string[], options: Options): Promise<number> {
  const [first = '', second = ''] = names;
  const wanted = { list: 0, activate: 2, rollback: 1, canary: 2, publish: 2 }[verb ?? ''];
  if (verb === undefined || wanted === undefined || names.length !== wanted) {
    throw new ConfigError(`expected a verb and its ${wanted ?? 'own'} names\n\n${HELP}`);
  }
  if (verb === 'publish') {
    process.stdout.write(`published ${await publishFolder(first, second)}\n`);
    return 0;
  }
  if (verb === 'list') {
    const { models } = (await ask(options, 'GET', '')) as { models: ModelDetailView[] };
    print(options, { models }, models);
    return 0;
  }
  if (verb === 'canary' && options.percent === undefined) {
    throw new ConfigError('canary needs the share of photos: --percent P');
  }
  const values = {
    ...(verb !== 'rollback' && { version: second }),
    ...(verb === 'canary' && { percent: options.percent }),
  };
  const path = `/${encodeURIComponent(first)}/${verb}`;
  const model = (await ask(options, 'POST', path, values)) as ModelDetailView;
  print(options, model, [model]);
  return 0;
}

async function ask(
  { url = DEFAULT_URL }: Options,
  method: 'GET' | 'POST',
  path: string,
  values?: object,
): Promise<unknown> {
  const { DM_ADMIN_KEY, DM_ADMIN_KEY_FILE } = process.env;
  const key = readSecret('DM_ADMIN_KEY', DM_ADMIN_KEY, DM_ADMIN_KEY_FILE)?.trim();
  const headers = { ...(key !== undefined && { Authorization: `Bearer ${key}` }) };
  const request: RequestInit = values
    ? {
        method,
        headers: { ...headers, 'Content-Type': 'application/json' },
        body: JSON.stringify(values),
      }
    : { method, headers };
  const address = `${url.replace(/\/$/, '')}/admin/models${path}`;
  const response = await fetch(address, request).catch((error: unknown) => {
    const { cause } = error as { cause?: unknown };
    const reason = cause instanceof Error ? cause.message : String(error);
    throw new UnreachableError(
      `no service answers at ${url} (${reason}): start it, or name its admin port by --url`,
    );
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const { code, detail } = answer as ProblemDetails;
  throw new Error(`${code}: ${detail}`);
}

function print(options: Options, answer: unknown, models: readonly ModelDetailView[]): void {
  if (options.json) {
    process.stdout.write(`${JSON.stringify(answer, undefined, 2)}\n`);
    return;
  }
  for (const { name, versions, canary, isPinned } of models) {
    process.stdout.write(`${name}${isPinned ? ' (pinned)' : ''}\n`);
    for (const { version, state, isLoaded, reason, note } of versions) {
      const share = version === canary?.version ? ` ${canary.percent} %` : '';
      const told = [reason, note].filter((text) => text !== undefined).join('; ');
      const where = isLoaded ? '' : ' (not loaded)';
      process.stdout.write(
        `  ${version}  ${state}${share}${where}${told === '' ? '' : `: ${told}`}\n`,
      );
    }
  }
}
