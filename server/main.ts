import { parseArgs } from 'node:util';
import { ConfigError, describeConfig, loadConfig } from './config.ts';
import { createLogger } from './logger.ts';
import { type Service, startService } from './service.ts';
import { isUsageError } from './usage-error.ts';

const HELP = `deep-makeover serve [--print-config]

Serves the page and POST /v1/makeover. Settings are DM_* environment variables;
--print-config lists them with their values and meaning.
`;

/**
 * The verb `serve`: runs until SIGTERM or SIGINT.
 *
 * @returns exit code: 0 after a graceful stop, 2 when the settings cannot work
 */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const options = { 'print-config': { type: 'boolean' }, help: { type: 'boolean' } } as const;
    const { values } = parseArgs({ args: [...args], options });
    if (values.help || values['print-config']) {
      process.stdout.write(values.help ? HELP : describeConfig(process.env));
      return 0;
    }
    const config = loadConfig(process.env);
    const service = await startService(config, createLogger(config.logLevel));
    process.stdout.write(`${startLine(service)}\n`);
    await stopSignal();
    await service.stop();
    return 0;
  } catch (error) {
    if (!(error instanceof ConfigError) && !isUsageError(error)) throw error;
    process.stderr.write(`${error.message}\n`);
    return 2;
  }
}

function startLine({ url, context: { config, registry } }: Service): string {
  const { provider, providerReason } = registry;
  const models = registry.served.join(', ') || 'no model (the log has the reasons)';
  const seconds = (performance.now() / 1000).toFixed(1);
  const workers = config.workers === 1 ? '1 worker' : `${config.workers} workers`;
  return (
    `deep-makeover serves ${models} on ${provider} with ${workers} ` +
    `at ${url} (started in ${seconds} s)` +
    (providerReason === undefined ? '' : `; not on cuda: ${providerReason}`)
  );
}

/** A second signal ends the process at once: the handlers are gone by then. */
function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    const onSignal = () => {
      process.off('SIGTERM', onSignal);
      process.off('SIGINT', onSignal);
      resolve();
    };
    process.on('SIGTERM', onSignal);
    process.on('SIGINT', onSignal);
  });
}
