import { benchBatch } from './batch.ts';
import { benchHttp } from './http.ts';
import { benchInference } from './inference.ts';
import { benchPhoto } from './photo.ts';
import { benchTrain } from './train.ts';
import { benchWeb } from './web.ts';

const BENCHES: Readonly<Record<string, (args: readonly string[]) => Promise<void>>> = {
  batch: benchBatch,
  http: benchHttp,
  inference: benchInference,
  photo: benchPhoto,
  train: benchTrain,
  web: benchWeb,
};

const [name = '', ...args] = process.argv.slice(2);
const bench = BENCHES[name];
if (bench === undefined) {
  console.error(`expected the name of a bench: ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 2;
} else {
  await bench(args);
}
