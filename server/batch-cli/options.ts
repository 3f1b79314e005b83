import { parseArgs } from 'node:util';
import { ConfigError } from '../config.ts';
import { type MakeoverParameters, parseParameters } from '../parameters.ts';
import type { MakeoverValues } from './backend.ts';
import { type EarlierRun, readState } from './state-file.ts';

export const HELP = `deep-makeover batch IN OUT --model NAME [options]

Makes the faces of many photos over. IN is a folder, a file, or a pattern in quotes such as
'in/**/*.jpg'; results lie in OUT as the photos do in IN. Photos that OUT has from before, of the
same content, parameters and version of the model, are not done again.
  --model NAME            feminine, masculine or another model
  --version N             a version of it; by default the one that serves at the start
  --strength 0..1         how far to go; 1 by default
  --faces all|largest|IDS which faces; ids such as 1,3, the largest is 1; all by default
  --format FORMAT         jpeg, png, webp or avif; by default each photo's own
  --quality 1..100        of JPEG, WebP and AVIF; by default as fine as the photo
  --resume                go on with the run that OUT is from: its model, version and parameters
  --watch                 go on with photos as they come, until Ctrl-C
  --concurrency N         photos at a time; 4, or with --local one more than workers, by default
  --fail-on any|none      whether photos that fail make the exit code 1; any by default
  --json                  a line of JSON for each photo
  --server URL            http://localhost:$DM_PORT by default
  --key-file FILE         has the key for the service; or the variable DM_API_KEY does
  --local                 no service: workers of this process; DM_* hold as for the service

Exit codes: 0 all done, 1 some failed, 2 wrong use, 3 no service answers, 130 interrupted.
`;

/** What the command line asks for. */
export interface BatchOptions {
  readonly input: string;
  readonly outFolder: string;
  readonly model: string;
  readonly version: number | undefined;
  readonly values: MakeoverValues;
  readonly parameters: MakeoverParameters;
  /** Undefined: what suits the backend. */
  readonly concurrency: number | undefined;
  readonly failOn: 'any' | 'none';
  readonly wantsJson: boolean;
  readonly isWatching: boolean;
  /** Undefined: work in this process. */
  readonly serverUrl: string | undefined;
  readonly keyFile: string | undefined;
  readonly earlier: EarlierRun;
}

const FLAGS = {
  model: { type: 'string' },
  version: { type: 'string' },
  strength: { type: 'string' },
  faces: { type: 'string' },
  format: { type: 'string' },
  quality: { type: 'string' },
  resume: { type: 'boolean' },
  watch: { type: 'boolean' },
  concurrency: { type: 'string' },
  'fail-on': { type: 'string', default: 'any' },
  json: { type: 'boolean' },
  server: { type: 'string' },
  'key-file': { type: 'string' },
  local: { type: 'boolean' },
  help: { type: 'boolean' },
} as const;

const MAX_CONCURRENCY = 256;

/**
 * Reads the command line, and what an earlier run has left in OUT.
 *
 * @returns undefined when only help is wanted
 * @throws ConfigError, ProblemError BAD_PARAMETER, or the error of parseArgs
 */
export async function readOptions(args: readonly string[]): Promise<BatchOptions | undefined> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: FLAGS,
  });
  if (values.help) return undefined;
  const [input, outFolder, ...rest] = positionals;
  if (input === undefined || outFolder === undefined || rest.length > 0) {
    throw new ConfigError(
      `expected IN and OUT, got ${positionals.length} names (a pattern needs quotes)\n${HELP}`,
    );
  }
  const failOn = values['fail-on'];
  if (failOn !== 'any' && failOn !== 'none') {
    throw new ConfigError(`--fail-on ${failOn}: expected any or none`);
  }
  const earlier = await readState(outFolder);
  const { model, version, ...wanted } = wishOf(values, earlier, outFolder);
  const parameters = parseParameters({ ...wanted, model, ...(version && { version }) });
  return {
    input,
    outFolder,
    model,
    version: parameters.version,
    values: wanted,
    parameters,
    concurrency: parseConcurrency(values.concurrency),
    failOn,
    wantsJson: values.json ?? false,
    isWatching: values.watch ?? false,
    serverUrl: serverOf(values),
    keyFile: values['key-file'],
    earlier,
  };
}

type Wish = MakeoverValues & { readonly model: string; readonly version?: string };

/** What is asked for: what the command line says, and with --resume else what the run before did. */
function wishOf(
  flags: Readonly<Partial<Record<keyof Wish, string>>> & { readonly resume?: boolean },
  { wish }: EarlierRun,
  outFolder: string,
): Wish {
  const names = ['version', 'strength', 'faces', 'format', 'quality'] as const;
  const given = Object.fromEntries(
    names.flatMap((name) => (flags[name] === undefined ? [] : [[name, flags[name]]])),
  );
  if (flags.resume && wish === undefined) {
    throw new ConfigError(`there is nothing to resume in ${outFolder}: leave --resume out`);
  }
  const [model, version] = flags.resume ? (wish?.modelVersion.split('/') ?? []) : [];
  const isOther = flags.model !== undefined && flags.model !== model;
  const chosen = flags.model ?? model;
  if (chosen === undefined) {
    throw new ConfigError('the model is missing: choose one by --model NAME, such as feminine');
  }
  const before = flags.resume ? wish?.values : {};
  return { ...before, ...(version && !isOther && { version }), ...given, model: chosen };
}

function parseConcurrency(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const number = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= MAX_CONCURRENCY) return number;
  throw new ConfigError(`--concurrency ${text}: expected a whole number, 1 to ${MAX_CONCURRENCY}`);
}

function serverOf(flags: {
  readonly server?: string;
  readonly local?: boolean;
}): string | undefined {
  if (flags.local) {
    if (flags.server === undefined) return undefined;
    throw new ConfigError('--local and --server exclude each other: leave one of them out');
  }
  const url = flags.server ?? `http://localhost:${process.env['DM_PORT'] ?? '8080'}`;
  if (/^https?:\/\/[^/\s@?#]+(\/[^\s?#]*)?$/i.test(url) && URL.canParse(url)) return url;
  throw new ConfigError(`--server ${url}: expected an address such as http://localhost:8080`);
}
