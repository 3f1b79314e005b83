import { benchService } from './service.ts';

const BENCHES: Readonly<Record<string, () => Promise<void>>> = { service: benchService };

const [name = ''] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(`expected the name of a bench: ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 2;
} else {
  await bench();
}
