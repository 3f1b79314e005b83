import type { ReadinessView } from '../../models/contract/api/service.ts';
import type { PoolHealth, WorkerHealth } from '../photo/pool-health.ts';
import type { ServiceContext } from '../service-context.ts';
import { serviceState } from './service-state.ts';

/** Proof that is younger is not asked for again, however many ask. */
const FRESH_MS = 1000;
/** Orchestrators give a probe a few seconds; a late answer of ours would say less than none. */
const PROOF_LIMIT_MS = 3000;

/**
 * Tells whether a photo that came now would be made over, and why not. Each worker proves it by what
 * it last did or, when it is idle, by a tiny inference, which does not wait behind users' photos.
 */
export class Readiness {
  readonly #context: ServiceContext;
  #proof: Promise<PoolHealth | undefined> | undefined;
  #provedAtMs = Number.NEGATIVE_INFINITY;

  constructor(context: ServiceContext) {
    this.#context = context;
  }

  async view(): Promise<ReadinessView> {
    const { config, registry } = this.#context;
    // Before the models are loaded there is nothing to prove.
    const health = registry.provider === undefined ? undefined : await this.#prove();
    const state = serviceState(this.#context);
    const reasons = this.#reasons(health);
    const answering = (health?.workers ?? []).filter(isAnswering).length;
    return {
      status: state === 'ready' && reasons.length > 0 ? 'not ready' : state,
      reasons,
      provider: registry.provider ?? 'loading',
      workers: { wanted: config.workers, answering },
      served: registry.served,
      failed: registry.failed.map(({ name, version, reason }) => ({ name, version, reason })),
    };
  }

  #reasons(health: PoolHealth | undefined): string[] {
    const { registry, admission } = this.#context;
    const reasons: string[] = [];
    if (admission.isDraining) reasons.push('the service is stopping');
    if (registry.provider === undefined) return [...reasons, 'the models are being loaded'];
    if (registry.served.length === 0) {
      reasons.push('no model serves: see "failed", or publish one to DM_MODEL_REPO');
    }
    if (health === undefined) {
      reasons.push(`the photo workers have not answered within ${PROOF_LIMIT_MS} ms`);
    } else if (!health.isReady) {
      const states = health.workers.map(({ state, reason }) => reason ?? state).join(', ');
      reasons.push(`no photo worker can take a photo (${states || 'none runs'})`);
    }
    return reasons;
  }

  /** Undefined when the workers do not answer in time. */
  #prove(): Promise<PoolHealth | undefined> {
    if (this.#proof !== undefined && performance.now() - this.#provedAtMs <= FRESH_MS) {
      return this.#proof;
    }
    // Until the workers have answered, whoever asks waits for the same proof.
    this.#provedAtMs = Number.POSITIVE_INFINITY;
    this.#proof = withinTime(this.#context.pool.probe(), PROOF_LIMIT_MS).finally(() => {
      this.#provedAtMs = performance.now();
    });
    return this.#proof;
  }
}

function isAnswering({ state }: WorkerHealth): boolean {
  return state === 'idle' || state === 'busy';
}

/** The promise's value, or undefined when it takes longer. */
async function withinTime<T>(promise: Promise<T>, limitMs: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, limitMs, undefined);
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}
