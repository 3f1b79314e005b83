import { expect } from 'vitest';
import type { ModelDetailView } from '../../models/contract/api/models.ts';
import type { Service } from '../../server/service.ts';

export const ADMIN_KEY = 'test-admin-key-of-32-characters!';

/** Asks the admin port for a verb on a model, with the key. */
export function askAdmin(
  { adminUrl }: Pick<Service, 'adminUrl'>,
  model: string,
  verb: string,
  values: Readonly<Record<string, string | number>> = {},
): Promise<Response> {
  const query = new URLSearchParams(
    Object.entries(values).map(([name, value]): [string, string] => [name, String(value)]),
  );
  return fetch(`${adminUrl}/admin/models/${model}/${verb}?${query.toString()}`, {
    method: 'POST',
    headers: { 'X-API-Key': ADMIN_KEY },
  });
}

/** The same where it must work; gives the model as it is then. */
export async function decide(
  service: Pick<Service, 'adminUrl'>,
  model: string,
  verb: string,
  values: Readonly<Record<string, string | number>> = {},
): Promise<ModelDetailView> {
  const response = await askAdmin(service, model, verb, values);
  const answer = (await response.json()) as ModelDetailView;
  expect(response.status, JSON.stringify(answer)).toBe(200);
  return answer;
}
