#!/usr/bin/env node
// The package's command: starts the built command line, and builds it first when it is missing or
// older than its sources. Plain JavaScript, because Node 20 does not start TypeScript.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const top = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(top, 'dist', 'deep-makeover.stamp');

const startedMs = Date.now();

/** Time of the newest file that the build reads, in ms. */
function newestSourceMs() {
  const single = ['package.json', 'package-lock.json', 'tsconfig.json'];
  const folders = ['models/contract', 'trainer', 'exporter', 'server', 'web'];
  const files = folders
    .filter((folder) => existsSync(join(top, folder)))
    .flatMap((folder) =>
      readdirSync(join(top, folder), { recursive: true }).map((name) => join(folder, String(name))),
    );
  const all = [...single.filter((file) => existsSync(join(top, file))), ...files];
  return Math.max(0, ...all.map((file) => statSync(join(top, file)).mtimeMs));
}

const builtMs = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
if (builtMs < newestSourceMs()) {
  process.stderr.write('deep-makeover: building, once after each change of the sources\n');
  const build = spawnSync('npm', ['run', '--silent', 'build'], {
    cwd: top,
    stdio: ['ignore', 2, 2],
  });
  if (build.status !== 0) {
    process.stderr.write('deep-makeover: the build failed: run "npm ci", then try again\n');
    process.exit(2);
  }
  writeFileSync(stamp, '');
  // A source that changed while the build ran is newer than it.
  utimesSync(stamp, startedMs / 1000, startedMs / 1000);
}
await import('../dist/server/cli.js');
