import { parseArgs } from 'node:util';

export interface HttpBenchOptions {
  /** How long each figure is measured. */
  readonly seconds: number;
  readonly clients: readonly number[];
  readonly megapixels: readonly number[];
  /** Whether to measure at five times what can be done. */
  readonly withOverload: boolean;
}

/** @throws Error that says what is wrong with the arguments and what was expected */
export function parseHttpOptions(args: readonly string[]): HttpBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seconds: { type: 'string', default: '10' },
      clients: { type: 'string', default: '1,8,32' },
      megapixels: { type: 'string', default: '0.1,1,12' },
      'no-overload': { type: 'boolean', default: false },
    },
  });
  return {
    seconds: positive('--seconds', values.seconds),
    clients: values.clients.split(',').map((text) => Math.ceil(positive('--clients', text))),
    megapixels: values.megapixels.split(',').map((text) => positive('--megapixels', text)),
    withOverload: !values['no-overload'],
  };
}

function positive(name: string, text: string): number {
  const value = Number(text);
  if (value > 0) return value;
  throw new Error(`${name} ${text}: expected a number above 0`);
}
