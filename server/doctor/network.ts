import { createServer } from 'node:net';
import type { ServerConfig } from '../config.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

const ASK_TIMEOUT_MS = 2000;

/** Whether both ports can be listened on, or are our own service's already. */
export async function checkPorts(
  config: Pick<ServerConfig, 'host' | 'port' | 'adminPort'>,
): Promise<Finding[]> {
  const { host, port, adminPort } = config;
  if (port !== 0 && port === adminPort) {
    return [failed('ports', `both are ${port}`, 'set DM_ADMIN_PORT to another one')];
  }
  return Promise.all([
    checkPort('port', host, port, 'DM_PORT', '/healthz'),
    checkPort('admin port', host, adminPort, 'DM_ADMIN_PORT', '/livez'),
  ]);
}

async function checkPort(
  check: string,
  host: string,
  port: number,
  variable: string,
  path: string,
): Promise<Finding> {
  const obstacle = await tryListen(host, port);
  if (obstacle === undefined) return ok(check, `${host}:${port} is free`);
  if (obstacle === 'EADDRINUSE' && (await isOurs(host, port, path))) {
    const fix = 'nothing, if that is the one you mean; a second one needs other ports';
    return warning(check, `${host}:${port} is held by a deep-makeover that runs`, fix);
  }
  const fixes: Readonly<Record<string, string>> = {
    EADDRINUSE: `set ${variable} to another one, or end what holds it ("ss -ltnp" tells)`,
    EACCES: `set ${variable} to one above 1023`,
    EADDRNOTAVAIL: 'set DM_HOST to an address of this machine, or 0.0.0.0 for all',
  };
  const fix = fixes[obstacle] ?? `set ${variable} and DM_HOST to what can be listened on`;
  return failed(check, `${host}:${port} cannot be used (${obstacle})`, fix);
}

/** The code of the error that listening gives; undefined when it works. */
function tryListen(host: string, port: number): Promise<string | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

async function isOurs(host: string, port: number, path: string): Promise<boolean> {
  try {
    const name = ['0.0.0.0', '::'].includes(host) ? 'localhost' : host;
    const address = name.includes(':') ? `[${name}]` : name;
    const signal = AbortSignal.timeout(ASK_TIMEOUT_MS);
    const response = await fetch(`http://${address}:${port}${path}`, { signal });
    const body = (await response.json()) as { readonly status?: unknown };
    return typeof body.status === 'string' && response.headers.has('x-request-id');
  } catch {
    return false;
  }
}
