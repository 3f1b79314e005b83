import { expect, test } from 'vitest';
import { Admission, type Capacity, type Place } from '../../server/admission.ts';

const MANY: Capacity = { requests: 1000, uploadBytes: 1e9, pixels: 1e9, faces: 1000 };

function createAdmission(capacity: Partial<Capacity>, nowMs = () => 0): Admission {
  return new Admission({
    capacity: { ...MANY, ...capacity },
    workers: 1,
    maxWaitMs: 15_000,
    nowMs,
  });
}

let callers = 0;

/** A caller who has not been here before. */
function enter(admission: Admission, uploadBytes = 1): Place {
  return admission.enter({ caller: `caller ${callers++}`, uploadBytes });
}

const weight = { uploadBytes: 1, pixels: 1, faces: 1 };
const queueFull = expect.objectContaining({ code: 'QUEUE_FULL' }) as unknown;

test('takes the bounded number of photos and refuses the next', () => {
  const admission = createAdmission({ requests: 2 });
  const place = enter(admission);
  enter(admission);
  expect(() => enter(admission)).toThrow(queueFull);
  place.leave();
  expect(admission.inProgress).toBe(1);
});

test('bounds the bytes of uploads before they come', () => {
  const admission = createAdmission({ uploadBytes: 100 });
  enter(admission, 60);
  expect(() => enter(admission, 40)).not.toThrow();
  expect(() => enter(admission, 1)).toThrow(queueFull);
});

test.each(['pixels', 'faces'] as const)('bounds %s once they are known', (resource) => {
  const admission = createAdmission({ [resource]: 100 });
  const [first, second] = [enter(admission), enter(admission)];
  first.weigh({ ...weight, [resource]: 60 });
  expect(() => second.weigh({ ...weight, [resource]: 60 })).toThrow(queueFull);
  second.leave();
  expect(admission.used[resource]).toBe(60);
});

test('what is larger than everything may come in when it is alone', () => {
  const admission = createAdmission({ pixels: 100 });
  enter(admission).weigh({ ...weight, pixels: 200 });
  expect(admission.used.pixels).toBe(200);
  expect(() => enter(admission).weigh(weight)).toThrow(queueFull);
});

test('who waits as told finds the place kept, also from those who come at the same time', () => {
  let nowMs = 0;
  const admission = createAdmission({ requests: 2 }, () => nowMs);
  const places = [enter(admission), enter(admission)];
  for (const place of places) place.weigh(weight);
  const patient = { caller: 'patient', uploadBytes: 1 };
  let retryAfterS = 0;
  try {
    admission.enter(patient);
  } catch (error) {
    retryAfterS = Number((error as { headers: Record<string, string> }).headers['Retry-After']);
  }
  expect(retryAfterS).toBeGreaterThan(0);
  nowMs = retryAfterS * 1000;
  places[0]?.leave();
  expect(() => enter(admission)).toThrow(/promised/);
  expect(() => admission.enter(patient)).not.toThrow();
});

test('draining refuses new photos and waits for those inside', async () => {
  const admission = createAdmission({});
  const place = enter(admission);
  const drained = admission.drain();
  expect(() => enter(admission)).toThrow(expect.objectContaining({ code: 'DRAINING' }));
  const first = await Promise.race([drained, Promise.resolve('photos inside')]);
  expect(first).toBe('photos inside');
  place.leave();
  await expect(drained).resolves.toBeUndefined();
});
