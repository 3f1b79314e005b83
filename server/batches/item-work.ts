import { MAX_TIMER_MS } from '../config/setting-kinds.ts';
import { parseParameters } from '../parameters.ts';
import type { MakeoverResult } from '../photo/job.ts';
import { observeStages } from '../photo/observe-stages.ts';
import { requirePhoto } from '../photo/probe-photo.ts';
import type { ServiceContext } from '../service-context.ts';
import type { Batch, BatchItem } from './batch.ts';
import { BudgetWait, type WorkedItem } from './scheduler.ts';

type WorkContext = Pick<
  ServiceContext,
  'admission' | 'batches' | 'config' | 'metrics' | 'models' | 'pixelBudget' | 'pool'
>;

/**
 * Makes an item's photo over, in the lane that interactive photos overtake.
 *
 * @throws ProblemError what the same photo gets at POST /v1/makeover; BudgetWait; or an Error when
 *   the pool stops or the signal is aborted
 */
export async function makeItemOver(
  context: WorkContext,
  batch: Batch,
  item: BatchItem,
  signal: AbortSignal,
): Promise<WorkedItem> {
  const { config, models, pixelBudget, pool } = context;
  const { maxPixels, maxFaces } = config;
  const { model, version, ...settings } = parseParameters(batch.head.parameters);
  const file = await context.batches.store.readInput(batch, item);
  const header = requirePhoto(file, { maxPixels, inputFormats: pool.inputFormats });
  const pixels = header.width * header.height;
  const waitMs = pixelBudget.take(batch.head.clientId, pixels);
  if (waitMs > 0) throw new BudgetWait(waitMs);
  const contentHash = item.input.sha256;
  const worked: { result: MakeoverResult; model: string }[] = [];
  await models.serving.serve(
    { model, version, contentHash, hasLeft: () => signal.aborted },
    async ({ modelVersion, observe }) => {
      const job = {
        ...settings,
        kind: 'makeover',
        model: modelVersion,
        format: settings.format,
        quality: settings.quality,
        maxPixels,
        maxFaces,
        file,
      } as const;
      // However long the photo waits behind others: a worker's time for it is limited by itself.
      const limits = { timeoutMs: MAX_TIMER_MS, signal, pixels, contentHash };
      const result = await observe(pool.run(job, { ...limits, lane: 'batch' }));
      observeStages(context.metrics, result);
      worked.push({ result, model: modelVersion });
    },
  );
  const [done] = worked;
  if (done === undefined) throw new Error('the model has not answered');
  const { result } = done;
  context.metrics.facesPerPhoto.observe(result.faces.length);
  return {
    file: result.file,
    facts: { format: result.format, faces: result.faces.length, model: done.model },
  };
}
