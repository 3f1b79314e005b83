import { fuzzService } from '../support/fuzz-service.ts';
import { startTestService } from '../support/service.ts';

/**
 * Sends malformed bodies to a service of two workers, and every hundred of them asks whether its
 * health is told truly.
 *
 * @param seed the same one gives the same bodies
 * @returns exit code: 0 when every body was answered as its client's fault and no worker was lost
 */
export async function soakFaults(bodies: number, seed: number): Promise<number> {
  const service = await startTestService({ DM_WORKERS: '2', DM_LOG_LEVEL: 'error' });
  try {
    const { pids } = service.context.pool;
    let unhealthy = 0;
    const onHundred = async () => {
      const answers = await Promise.all([
        fetch(`${service.adminUrl}/livez`),
        fetch(`${service.adminUrl}/readyz`),
      ]);
      if (answers.some(({ ok }) => !ok)) unhealthy++;
    };
    const { statuses, faults } = await fuzzService(service, { seed, bodies, onHundred });
    const replaced = pids.filter((pid) => !service.context.pool.pids.includes(pid)).length;
    console.log(`answers by status: ${JSON.stringify(statuses)}`);
    for (const fault of faults) console.log(fault);
    console.log(
      `seed ${seed}, ${bodies} bodies: ${faults.length} faults, ${replaced} workers replaced, ` +
        `${unhealthy} times not healthy`,
    );
    return faults.length + replaced + unhealthy === 0 ? 0 : 1;
  } finally {
    await service.stop();
  }
}
