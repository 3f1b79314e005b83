import { benchInference } from './inference.ts';
import { benchPhoto } from './photo.ts';
import { benchService } from './service.ts';
import { benchTrain } from './train.ts';

const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  inference: benchInference,
  photo: benchPhoto,
  service: benchService,
  train: benchTrain,
};

const [name = '', ...args] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(`expected the name of a bench: ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 2;
} else {
  await bench(args);
}
