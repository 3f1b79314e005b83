import type { PhotoCounts, PhotoEvent, Reporter } from './events.ts';
import { ProgressBar } from './progress-bar.ts';

/** Takes text, as a stream does. */
export interface TextSink {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** A bar for people at a terminal, lines for files and pipes, JSON lines for programs. */
export function createReporter(output: TextSink, wantsJson: boolean): Reporter {
  if (wantsJson) return jsonReporter(output);
  return output.isTTY === true ? barReporter(output) : lineReporter(output);
}

function jsonReporter(output: TextSink): Reporter {
  const write = (value: object) => output.write(`${JSON.stringify(value)}\n`);
  return {
    start: (model, total) =>
      write({ event: 'start', model, ...(total !== undefined && { total }) }),
    photo: (event) => write({ event: 'photo', ...event }),
    end: (counts, isInterrupted) => write({ event: 'end', ...counts, isInterrupted }),
  };
}

function lineReporter(output: TextSink): Reporter {
  return {
    start: (model, total) => output.write(startLine(model, total)),
    photo: (event) => output.write(photoLine(event)),
    end: (counts, isInterrupted) => output.write(endLine(counts, isInterrupted)),
  };
}

function barReporter(output: TextSink): Reporter {
  const bar = new ProgressBar(output);
  return {
    start: (model, total) => {
      output.write(startLine(model, total));
      bar.start(total);
    },
    photo: (event) => {
      if (event.state === 'failed') bar.printAbove(photoLine(event));
      bar.count(event.state);
    },
    end: (counts, isInterrupted) => {
      bar.clear();
      output.write(endLine(counts, isInterrupted));
    },
  };
}

function startLine(model: string, total: number | undefined): string {
  return total === undefined
    ? `waiting for photos, made over by ${model}: end by Ctrl-C\n`
    : `${total === 1 ? '1 photo' : `${total} photos`} by ${model}\n`;
}

function photoLine(event: PhotoEvent): string {
  const input = printable(event.input);
  if (event.state === 'failed') return `${input}: ${event.code}: ${printable(event.detail)}\n`;
  if (event.state === 'skipped') return `${input}: done before\n`;
  const faces = event.faces === 1 ? '1 face' : `${event.faces} faces`;
  return `${input}: ${printable(event.output)}, ${faces}\n`;
}

function endLine({ succeeded, skipped, failed }: PhotoCounts, isInterrupted: boolean): string {
  const counts = `${succeeded} done, ${skipped} done before, ${failed} failed`;
  return isInterrupted
    ? `interrupted: ${counts}; the same command goes on from here\n`
    : `${counts}\n`;
}

/** File names may hold line ends and control codes, which would forge lines and drive terminals. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}
