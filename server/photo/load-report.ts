import type { LoadReport } from './job.ts';

/**
 * What several workers say of the same models: one serves when it serves in all.
 *
 * @throws Error when they do not run on the same provider
 */
export function mergeReports([first, ...others]: readonly LoadReport[]): LoadReport {
  if (first === undefined) throw new RangeError('a pool needs at least one worker');
  const models = new Map(first.models.map((model) => [model.folder, model]));
  for (const { provider, models: reports } of others) {
    if (provider !== first.provider) {
      throw new Error(
        `one photo worker runs on ${first.provider}, another on ${provider}: set DM_EP to one of ` +
          'them, or lower DM_WORKERS when the device has too little memory',
      );
    }
    for (const report of reports)
      if (report.reason !== undefined) models.set(report.folder, report);
  }
  return { ...first, models: [...models.values()] };
}
