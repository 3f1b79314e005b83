import type { OpenAPIRegistry, RouteConfig } from '@asteasolutions/zod-to-openapi';

type Security = Pick<RouteConfig, 'security'>;

/** For routes that need a key where the service has keys. */
export const API_KEY: Security = { security: [{ apiKey: [] }, { bearer: [] }, {}] };
/** For routes that always need the admin key. */
export const ADMIN_KEY: Security = { security: [{ apiKey: [] }, { bearer: [] }] };

/** Codes of routes that need a key. */
export const KEY_PROBLEMS = ['KEY_MISSING', 'KEY_WRONG'] as const;
/** Codes of routes that need the admin key. */
export const ADMIN_PROBLEMS = [...KEY_PROBLEMS, 'ADMIN_OFF'] as const;

/** Adds the ways to send a key. */
export function registerSecurity(registry: OpenAPIRegistry): void {
  registry.registerComponent('securitySchemes', 'apiKey', {
    type: 'apiKey',
    in: 'header',
    name: 'X-API-Key',
    description: 'Needed where GET /v1/info says so; under /admin the admin key.',
  });
  registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' });
}
