import { z } from 'zod';
import { closestWord } from '../models/contract/closest-word.ts';
import { accessVariables, SECRET_VARIABLES, toAccess } from './config/access.ts';
import { batchVariables, toBatches } from './config/batches.ts';
import { ConfigError } from './config/config-error.ts';
import { deviceVariables, toDevice } from './config/device.ts';
import { loadVariables, toLoad } from './config/load.ts';
import { modelVariables, toModels } from './config/models.ts';
import { networkVariables, toNetwork } from './config/network.ts';
import { photoVariables, toPhotos } from './config/photos.ts';

export { ConfigError };

const variables = {
  ...networkVariables,
  ...accessVariables,
  ...modelVariables,
  ...deviceVariables,
  ...photoVariables,
  ...loadVariables,
  ...batchVariables,
};

const schema = z.object(variables);

/** Read by our tests and by clients of a service, not by the service. */
const OTHERS_VARIABLES = ['DM_TEST_REQUIRE', 'DM_API_KEY', 'DM_API_KEY_FILE'];

type Variables = z.infer<typeof schema>;

/** Settings of the service. */
export type ServerConfig = ReturnType<typeof toConfig>;

function toConfig(values: Variables) {
  return {
    ...toNetwork(values),
    ...toAccess(values),
    ...toModels(values),
    ...toDevice(values),
    ...toPhotos(values),
    ...toLoad(values),
    ...toBatches(values),
  };
}

/**
 * Reads the service's settings from DM_* variables.
 *
 * @throws ConfigError naming the variable, what is expected and what it holds
 */
export function loadConfig(env: NodeJS.ProcessEnv): ServerConfig {
  return toConfig(parseVariables(env));
}

function parseVariables(env: NodeJS.ProcessEnv): Variables {
  const given = Object.entries(env).filter(
    ([name]) => name.startsWith('DM_') && !OTHERS_VARIABLES.includes(name),
  );
  for (const [name] of given) {
    if (name in variables) continue;
    const nearest = closestWord(name, Object.keys(variables));
    throw new ConfigError(
      `${name} is no setting: did you mean ${nearest}? --print-config lists all`,
    );
  }
  const result = schema.safeParse(Object.fromEntries(given));
  if (result.success) return result.data;
  const problems = result.error.issues.map(({ path, message }) => {
    const name = String(path[0]);
    return `${name}=${shownValue(name, env[name] ?? '')}: ${message}`;
  });
  throw new ConfigError(problems.join('\n'));
}

/** One line for each setting: its value in effect and what it means. */
export function describeConfig(env: NodeJS.ProcessEnv): string {
  const values = parseVariables(env);
  return Object.entries(variables)
    .map(([name, variable]) => {
      const value = values[name as keyof Variables];
      return `${name}=${value === undefined ? '' : shownValue(name, String(value))}  # ${variable.description}\n`;
    })
    .join('');
}

/** A setting's value as it may be shown: of a secret only that there is one. */
function shownValue(name: string, value: string): string {
  return SECRET_VARIABLES.includes(name) && value !== '' ? '(secret)' : value;
}
