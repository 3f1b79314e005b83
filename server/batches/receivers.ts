import type { Request } from 'express';
import { FORM_RECEIVER } from './form-receiver.ts';
import type { PhotoReceiver } from './reception.ts';
import { ZIP_RECEIVER } from './zip-receiver.ts';

const RECEIVERS: readonly PhotoReceiver[] = [FORM_RECEIVER, ZIP_RECEIVER];

/** Who reads a request's body; undefined when it is none that holds several photos. */
export function findReceiver(request: Request): PhotoReceiver | undefined {
  const [type = ''] = (request.get('Content-Type') ?? '').toLowerCase().split(';');
  return RECEIVERS.find(({ takes }) => takes(type.trim()));
}
