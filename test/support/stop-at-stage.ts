import { readFileSync } from 'node:fs';
import { Stopwatch } from '../../server/photo/stopwatch.ts';

/**
 * Loaded into photo workers before their own code: stops the process, as SIGSTOP does from outside,
 * when a photo comes to the stage whose name stands in the file STOP_AT_STAGE_FILE. A test then has
 * all the time it wants in that stage, and lets the process go on with SIGCONT.
 */
const original = Object.getOwnPropertyDescriptor(Stopwatch.prototype, 'enter');
const enter = original?.value as (this: Stopwatch, stage: string) => void;

Stopwatch.prototype.enter = function enterAndStop(this: Stopwatch, stage: string): void {
  stopAt(stage);
  enter.call(this, stage);
};

// The first stage begins with the photo's arrival. Listening before the worker does would take its
// first messages away from it, so this begins together with it, and comes first.
process.on('newListener', function onNewListener(event: string) {
  if (event !== 'message') return;
  process.off('newListener', onNewListener);
  process.on('message', (request: { readonly type?: string }) => {
    if (request.type === 'photo') stopAt('decode');
  });
});

function stopAt(stage: string): void {
  const file = process.env.STOP_AT_STAGE_FILE;
  if (file !== undefined && readFileSync(file, 'utf8') === stage) {
    process.kill(process.pid, 'SIGSTOP');
  }
}
