import { join } from 'node:path';
import type { ServerConfig } from '../config.ts';
import type { DevicePool } from '../device/device-pool.ts';
import type { Logger } from '../logger.ts';
import type { Metrics } from '../metrics.ts';
import { ModelRollout } from '../photo/model-rollout.ts';
import type { PhotoPool } from '../photo/pool.ts';
import { ChannelStore } from './channel.ts';
import { ModelDeployment } from './deployment.ts';
import { VersionLeases } from './leases.ts';
import { ModelOperator } from './operator.ts';
import type { ModelRegistry } from './registry.ts';
import { ModelServing } from './serving.ts';
import { TaskQueue } from './task-queue.ts';
import { VersionLoader } from './version-loader.ts';
import { VersionSwitch } from './version-switch.ts';

/** Everything that chooses, changes and serves versions of models. */
export interface ModelServices {
  readonly deployment: ModelDeployment;
  readonly operator: ModelOperator;
  readonly serving: ModelServing;
}

/** Puts the parts together; nothing has been loaded yet. */
export function createModelServices(
  config: ServerConfig,
  registry: ModelRegistry,
  pool: PhotoPool,
  devices: DevicePool | undefined,
  logger: Logger,
  metrics: Metrics,
): ModelServices {
  const { standbyVersions, canary, modelRepo: repository } = config;
  const leases = new VersionLeases();
  const rollout = new ModelRollout(pool.workers, devices, config.workerLoadTimeoutMs);
  const channels = new ChannelStore(join(config.dataFolder, 'models'));
  const common = { registry, logger, metrics };
  const loader = new VersionLoader({ ...common, rollout, leases, standbyVersions });
  const versions = new VersionSwitch({ ...common, loader, channels });
  const queue = new TaskQueue();
  const parts = { loader, versions, queue };
  const deployment = new ModelDeployment({ ...common, ...parts, repository, channels });
  const settle = () => deployment.settle();
  const operator = new ModelOperator({ ...common, ...parts, settle });
  const serving = new ModelServing({ ...common, deployment, operator, leases, canary });
  return { deployment, operator, serving };
}
