import type { Backend } from './backend.ts';
import { countParameters, readValues } from './networks/parameters.ts';
import { createTrainee } from './training/create-trainee.ts';
import type { RunPlan } from './training/plan.ts';
import { measureStepCost } from './training/step-cost.ts';
import { trainedImages } from './training/trained-images.ts';
import { applyWarmStart } from './training/warm-start.ts';

/** Every term of a loss occurs in one of so many steps in a row. */
const MEASURED_STEPS = 8;
/** Pure JavaScript takes up to a minute a step. */
const MEASURED_STEPS_IN_JAVASCRIPT = 1;

/**
 * Says what a run would be: its configuration, faces and networks, and by timing a few steps on
 * noise how long it takes. Decodes no picture and writes nothing.
 *
 * @throws Error when the weights to go on from do not fit
 */
export async function describeRun(plan: RunPlan, backend: Backend): Promise<object> {
  const { config, runFolder, train, validation, warmStart } = plan;
  const trainee = createTrainee(config);
  if (warmStart !== undefined) applyWarmStart(config, trainee, warmStart);
  const cost = await measureStepCost(
    config,
    trainee,
    backend.name === 'cpu' ? MEASURED_STEPS_IN_JAVASCRIPT : MEASURED_STEPS,
  );
  const steps = config.steps ?? Math.floor((config.minutes * 60_000) / cost.stepMs);
  return {
    runFolder,
    backend: backend.description,
    config,
    faces: train.map(({ name, targets, sources }, i) => ({
      target: name,
      train: { targets: targets.length, sources: sources.length },
      validation: {
        targets: validation[i]?.targets.length,
        sources: validation[i]?.sources.length,
      },
    })),
    generatorParameters: countParameters(readValues(trainee.generator)),
    discriminatorParameters: countParameters(readValues(trainee.discriminator)),
    gflopPerStep: rounded(cost.gflop),
    stepMs: rounded(cost.stepMs),
    gflopPerSecond: rounded((1000 * cost.gflop) / cost.stepMs),
    expectedSteps: steps,
    expectedImages: trainedImages(config, steps),
    expectedMinutes: rounded((steps * cost.stepMs) / 60_000),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}
