import { findCudaLibraries, isProviderInstalled } from '../cuda/libraries.ts';
import type { Provider, ProviderPolicy } from '../photo/job.ts';

/** CUDA was asked for and cannot run, and the CPU may not step in. */
export class ProviderError extends Error {
  override readonly name = 'ProviderError';
}

/** Where models run, and why not on CUDA where that was wanted or tried. */
export interface ProviderChoice {
  readonly provider: Provider;
  readonly reason?: string;
}

/** What is asked about CUDA on this machine. */
export interface CudaProbe {
  /** Whether the runtime's CUDA libraries are there at all. */
  readonly isInstalled: () => boolean;
  /** Which libraries are missing and what to do; undefined when none is. */
  readonly explain: () => Promise<string | undefined>;
  /** Loads and runs a model on CUDA; rejects when that fails. */
  readonly run: () => Promise<void>;
}

/**
 * Decides where models run. ONNX Runtime does not fall back to the CPU when CUDA is asked for and
 * missing, it throws: the policy is ours.
 *
 * @throws ProviderError when `isStrict` forbids the fall-back that would be needed
 */
export async function chooseProvider(
  { wanted, isStrict }: ProviderPolicy,
  probe: CudaProbe,
): Promise<ProviderChoice> {
  if (wanted === 'cpu') return { provider: 'cpu' };
  const reason = await findObstacle(probe);
  if (reason === undefined) return { provider: 'cuda' };
  if (wanted === 'auto' || !isStrict) return { provider: 'cpu', reason };
  throw new ProviderError(
    `DM_EP=cuda cannot run here: ${reason}; or let the CPU run with DM_EP_STRICT=false or DM_EP=cpu`,
  );
}

/** How this machine answers, with a run of one model. */
export function probeWith(run: () => Promise<void>): CudaProbe {
  return {
    isInstalled: () => isProviderInstalled(),
    explain: async () => (await findCudaLibraries()).fix,
    run,
  };
}

/** What keeps CUDA from running; undefined when it runs. */
async function findObstacle({ isInstalled, explain, run }: CudaProbe): Promise<string | undefined> {
  if (!isInstalled()) return explain();
  try {
    await run();
    return undefined;
  } catch (error) {
    // The runtime's own error names no library.
    return (await explain()) ?? (error instanceof Error ? error.message.trim() : String(error));
  }
}
