import type { QueueState, ServiceState } from '../../models/contract/api/service.ts';
import type { ServiceContext } from '../service-context.ts';

/** What is known without asking anyone: cheap, and so fit for every request. */
export function serviceState({ registry, pool, devices, admission }: ServiceContext): ServiceState {
  if (admission.isDraining) return 'draining';
  if (registry.provider === undefined) return 'starting';
  const canRun = pool.isReady && (devices?.isReady ?? true);
  return registry.served.length > 0 && canRun ? 'ready' : 'not ready';
}

/** Whether a photo that came now would be begun at once, would wait, or would be refused. */
export function queueState({ admission, config }: ServiceContext): QueueState {
  if (admission.inProgress >= config.queueMaxRequests) return 'full';
  return admission.inProgress < config.workers ? 'free' : 'busy';
}
