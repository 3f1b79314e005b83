import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ConfigError, loadConfig, type ServerConfig } from '../config.ts';
import { packageFolder } from '../paths.ts';
import { isUsageError } from '../usage-error.ts';
import { type Finding, failed, ok } from './finding.ts';
import {
  availableBytes,
  checkAllocator,
  checkDisk,
  checkMemory,
  checkNode,
  glibcVersion,
} from './machine.ts';
import { checkPorts } from './network.ts';

const HELP = `deep-makeover doctor [--json]

Checks whether the service can run here with the DM_* settings of the environment, and says
what to do where it cannot. Exit code 0: it can; 1: something fails; 2: wrong use.
`;

/**
 * The verb `doctor`.
 *
 * @returns exit code: 0 all is well or could be better, 1 something fails, 2 wrong use
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = { json: { type: 'boolean' }, help: { type: 'boolean' } } as const;
    const { values } = parseArgs({ args: [...args], options });
    if (values.help) {
      process.stdout.write(HELP);
      return 0;
    }
    const findings = await examine(process.env);
    const isWell = findings.every(({ status }) => status !== 'failed');
    process.stdout.write(
      values.json
        ? `${JSON.stringify({ isWell, findings }, undefined, 2)}\n`
        : findings.map(describe).join(''),
    );
    return isWell ? 0 : 1;
  } catch (error) {
    if (!isUsageError(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

/** Runs every check that the settings allow. */
export async function examine(env: NodeJS.ProcessEnv): Promise<Finding[]> {
  const machine = [
    checkNode(process.versions.node, await wantedNode()),
    checkAllocator(process.platform, glibcVersion()),
  ];
  let config: ServerConfig;
  try {
    config = loadConfig(env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return [...machine, failed('settings', error.message, 'correct the variable and try again')];
  }
  return [
    ...machine,
    ok('settings', 'every DM_ variable is known and in its range'),
    checkMemory(config, availableBytes()),
    await checkDisk(config.modelRepo),
    ...(await checkPorts(config)),
    ...(await examineNative(config)),
  ];
}

/** The checks that need native packages; a package that cannot be loaded is a finding itself. */
async function examineNative(config: ServerConfig): Promise<Finding[]> {
  try {
    const { checkFormats, checkModels } = await import('./inference.ts');
    return [await checkFormats(), ...(await checkModels(config))];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (error instanceof ConfigError) return [failed('models', reason, 'set DM_MODEL_REPO')];
    return [failed('native packages', reason, 'run "npm ci" on this machine')];
  }
}

async function wantedNode(): Promise<string> {
  const json = JSON.parse(await readFile(join(packageFolder(), 'package.json'), 'utf8')) as {
    readonly engines: { readonly node: string };
  };
  return json.engines.node;
}

function describe({ check, status, found, fix }: Finding): string {
  const line = `${status.padEnd(8)} ${check}: ${found}\n`;
  return fix === undefined ? line : `${line}${' '.repeat(9)}fix: ${fix}\n`;
}
