import { chooseBackend } from '../backend.ts';
import { largestDifference, smokeStep } from './smoke-step.ts';
import type { SmokeReport } from './smoke-test.ts';

/** Runs in a process of its own, which the smoke test can end: a native call cannot be stopped. */
const { name, device, description } = await chooseBackend();
const report: SmokeReport = {
  device,
  description,
  difference:
    device === 'CPU' ? 0 : largestDifference(await smokeStep(name), await smokeStep('cpu')),
};
console.log(JSON.stringify(report));
