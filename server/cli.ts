import { spawn } from 'node:child_process';
import { closestWord } from '../models/contract/closest-word.ts';
import { locateEntry } from './paths.ts';

type Main = (args: readonly string[]) => Promise<number>;

interface Verb {
  readonly summary: string;
  readonly main: Main;
}

/** Each verb and the folder that owns it. Other folders' mains run in a process of their own. */
const VERBS: Readonly<Record<string, Verb>> = {
  serve: {
    summary: 'serve the page and the HTTP interface',
    main: async (args) => (await import('./main.ts')).main(args),
  },
  run: {
    summary: 'make the faces of one photo over: run IN OUT --model NAME',
    main: async (args) => (await import('./run.ts')).main(args),
  },
  batch: {
    summary: 'make the faces of a folder of photos over: batch IN OUT --model NAME',
    main: async (args) => (await import('./batch-cli/main.ts')).main(args),
  },
  models: {
    summary: 'list, publish and switch versions of models: models list',
    main: async (args) => (await import('./models/main.ts')).main(args),
  },
  doctor: {
    summary: 'check whether the service can run here, and say what to do',
    main: async (args) => (await import('./doctor/main.ts')).main(args),
  },
  verify: {
    summary: 'check an exported model: verify MODEL_DIR',
    main: startedFrom('../exporter/verify-main'),
  },
  convert: {
    summary: 'turn a tf.js model into ONNX: convert model.json out.onnx',
    main: startedFrom('../exporter/convert/main'),
  },
  export: { summary: 'export a training run: export RUN', main: startedFrom('../exporter/main') },
  triton: {
    summary: 'add exported models to a Triton model repository: triton MODEL_DIR --out DIR',
    main: startedFrom('../exporter/triton-main'),
  },
  train: {
    summary: 'train a network',
    main: startedFrom('../trainer/main'),
  },
  align: {
    summary: 'make a data set from photos: align PHOTOS OUT',
    main: startedFrom('../trainer/align/main'),
  },
  evaluate: {
    summary: 'measure runs or models: evaluate RUN|MODEL --data DIR',
    main: startedFrom('../exporter/evaluate-main'),
  },
  'setup:cuda': {
    summary: 'give ONNX Runtime its CUDA libraries: setup:cuda [SOURCE]',
    main: async (args) => (await import('./cuda/main.ts')).main(args),
  },
  'setup:trainer': {
    summary: 'make native TensorFlow ready for the trainer',
    main: startedFrom('../trainer/native/main'),
  },
};

function helpText(): string {
  const verbs = Object.entries(VERBS).map(
    ([name, { summary }]) => `  ${name.padEnd(14)} ${summary}`,
  );
  return `deep-makeover VERB [options]\n\n${verbs.join('\n')}\n\nVERB --help tells more.\n`;
}

function startedFrom(entry: string): Main {
  return (args) => {
    const { file, execArgv } = locateEntry(entry);
    const child = spawn(process.execPath, [...execArgv, file, ...args], { stdio: 'inherit' });
    // A terminal's Ctrl-C reaches the child itself, which decides how to end; others are passed on.
    process.on('SIGINT', () => {});
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    return new Promise((resolve, reject) => {
      child.once('error', reject);
      // 128 + n is the shell's code for a process that signal n ended; SIGINT and SIGTERM do.
      child.once('exit', (code, signal) => resolve(code ?? (signal === 'SIGINT' ? 130 : 143)));
    });
  };
}

async function dispatch([name, ...args]: readonly string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === 'help') {
    (name === undefined ? process.stderr : process.stdout).write(helpText());
    return name === undefined ? 2 : 0;
  }
  const verb = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
  if (verb === undefined) {
    const nearest = closestWord(name, Object.keys(VERBS));
    process.stderr.write(`there is no verb "${name}": did you mean ${nearest}?\n\n${helpText()}`);
    return 2;
  }
  return verb.main(args);
}

process.exitCode = await dispatch(process.argv.slice(2));
