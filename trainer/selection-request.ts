import { isModeName, MODE_NAMES, type ModeName, selectMode } from './data/modes.ts';
import type { Selection } from './data/populations.ts';

/** What was asked for: a selection as it is, or a mode of 2017, which depends on the data's columns. */
export type SelectionRequest = Selection | { readonly faces: string; readonly mode: ModeName };

/** The flags that select populations. */
export interface SelectionFlags {
  readonly faces: string;
  /** NAME=EXPRESSION each. */
  readonly target: readonly string[];
  readonly sources?: string;
  readonly mode?: string;
}

/**
 * Reads the flags: a mode, one target with its sources, or several targets.
 * Throws an Error when they contradict each other or are missing.
 */
export function parseSelection({ faces, target, sources, mode }: SelectionFlags): SelectionRequest {
  if (mode !== undefined) {
    if (target.length > 0 || sources !== undefined) {
      throw new Error('--mode stands for --sources and --target: leave them out');
    }
    if (isModeName(mode)) return { faces, mode };
    throw new Error(`unknown mode "${mode}": choose one of ${MODE_NAMES.join(', ')}`);
  }
  const targets = parseTargets(target);
  const count = Object.keys(targets).length;
  if (sources !== undefined) {
    if (count !== 1) throw new Error(`--sources goes with one --target, got ${count}`);
    return { faces, sources, targets };
  }
  if (count < 2) {
    throw new Error('give at least two different --target, or one with --sources, or a --mode');
  }
  return { faces, targets };
}

/**
 * The selection that a request comes to in a data set, and what the user should know about it.
 *
 * @param attributes the columns of the data, some of which a mode may have to do without
 * @throws Error when the data lacks a column that the mode cannot do without
 */
export function resolveSelection(
  request: SelectionRequest,
  attributes: readonly string[],
): { readonly selection: Selection; readonly warnings: readonly string[] } {
  if (!('mode' in request)) return { selection: request, warnings: [] };
  const { populations, warning } = selectMode(request.mode, attributes);
  return {
    selection: { faces: request.faces, ...populations },
    warnings: warning === undefined ? [] : [warning],
  };
}

function parseTargets(definitions: readonly string[]): Record<string, string> {
  const targets: Record<string, string> = {};
  for (const definition of definitions) {
    const match = /^([a-z][a-z0-9-]*)=(.+)$/.exec(definition);
    if (!match) {
      throw new Error(`--target "${definition}" is not NAME=EXPRESSION with a lower-case name`);
    }
    targets[match[1] as string] = match[2] as string;
  }
  return targets;
}
