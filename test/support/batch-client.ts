import type { BatchItemsView, BatchView } from '../../models/contract/api/batches.ts';

/** An event of a stream, its data parsed. */
export interface StreamEvent {
  readonly id: string | undefined;
  readonly event: string;
  readonly data: unknown;
}

/** A form with photos by their names. */
export function photoForm(photos: Readonly<Record<string, Uint8Array>>): FormData {
  const form = new FormData();
  for (const [name, photo] of Object.entries(photos)) {
    form.append('image', new Blob([new Uint8Array(photo)]), name);
  }
  return form;
}

/** Begins a batch and gives it as the service tells it. */
export async function beginBatch(
  url: string,
  query: string,
  body?: FormData,
  headers: Record<string, string> = {},
): Promise<BatchView> {
  const init = body === undefined ? { headers } : { headers, body };
  const response = await fetch(`${url}/v1/batches?${query}`, { method: 'POST', ...init });
  if (!response.ok) throw new Error(`no batch: ${await response.text()}`);
  return (await response.json()) as BatchView;
}

/** Follows a batch to its end. */
export async function watchToEnd(
  url: string,
  { id }: Pick<BatchView, 'id'>,
  headers: Record<string, string> = {},
): Promise<StreamEvent[]> {
  const response = await fetch(`${url}/v1/batches/${id}/events`, { headers });
  if (!response.ok) throw new Error(`no events: ${await response.text()}`);
  return parseEvents(await response.text());
}

export function parseEvents(text: string): StreamEvent[] {
  return text
    .split('\n\n')
    .filter((block) => block.includes('data: '))
    .map((block) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
      return {
        id: field('id'),
        event: field('event') ?? '',
        data: JSON.parse(field('data') ?? ''),
      };
    });
}

/** All items of a batch, page by page. */
export async function listAll(
  url: string,
  { id }: Pick<BatchView, 'id'>,
  status = '',
): Promise<BatchItemsView['items']> {
  const items: BatchItemsView['items'][number][] = [];
  for (let cursor: string | undefined = '0'; cursor !== undefined; ) {
    const query = `cursor=${cursor}${status === '' ? '' : `&status=${status}`}`;
    const response = await fetch(`${url}/v1/batches/${id}/items?${query}`);
    const page = (await response.json()) as BatchItemsView;
    items.push(...page.items);
    cursor = page.nextCursor;
  }
  return items;
}
