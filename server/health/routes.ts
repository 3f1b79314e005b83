import { Router } from 'express';
import type { HealthView } from '../../models/contract/api/service.ts';
import { allowOnly } from '../errors.ts';
import type { ServiceContext } from '../service-context.ts';
import { Readiness } from './readiness.ts';

/** GET /livez, /startupz, /readyz and /metrics: for orchestrators and Prometheus. */
export function healthRoutes(context: ServiceContext): Router {
  const { metrics, registry } = context;
  const readiness = new Readiness(context);
  const router = Router();
  router
    .route('/livez')
    .get((_request, response) => {
      response.json({ status: 'alive' } satisfies HealthView);
    })
    .all(allowOnly('GET'));
  router
    .route('/startupz')
    .get((_request, response) => {
      const hasStarted = registry.provider !== undefined;
      const view: HealthView = { status: hasStarted ? 'started' : 'starting' };
      response.status(hasStarted ? 200 : 503).json(view);
    })
    .all(allowOnly('GET'));
  router
    .route('/readyz')
    .get(async (_request, response) => {
      const view = await readiness.view();
      response.status(view.status === 'ready' ? 200 : 503).json(view);
    })
    .all(allowOnly('GET'));
  router
    .route('/metrics')
    .get(async (_request, response) => {
      response.set('Content-Type', metrics.registry.contentType);
      response.end(await metrics.registry.metrics());
    })
    .all(allowOnly('GET'));
  return router;
}
