import type { Selection } from './populations.ts';

export type ModeName = 'mtf' | 'ftm' | 'mtm' | 'ftf';

/** A direction: terms that all must hold, the target's first one naming what a makeover adds. */
interface Mode {
  readonly sources: readonly string[];
  readonly targets: readonly string[];
}

const CLEAR_VIEW = ['!Blurry', '!Eyeglasses'];

/** The directions of the 2017 project: from (m)ale or (f)emale faces to attractive ones of either. */
const MODES: Readonly<Record<ModeName, Mode>> = {
  mtf: {
    sources: ['Male', ...CLEAR_VIEW],
    targets: ['!Male', 'Attractive', ...CLEAR_VIEW],
  },
  ftm: {
    sources: ['!Male', ...CLEAR_VIEW],
    targets: ['Male', 'Attractive', '!Goatee', '!Mustache', 'No_Beard', ...CLEAR_VIEW],
  },
  mtm: {
    sources: ['Male', ...CLEAR_VIEW],
    targets: ['Attractive', 'Male', ...CLEAR_VIEW],
  },
  ftf: {
    sources: ['!Male', ...CLEAR_VIEW],
    targets: ['Attractive', '!Male', ...CLEAR_VIEW],
  },
};

export const MODE_NAMES = Object.keys(MODES);

/** Whether a text names a mode. */
export function isModeName(text: string): text is ModeName {
  return Object.hasOwn(MODES, text);
}

/**
 * The populations of a mode in a data set; its one target has the mode's name. Terms about columns
 * that the data lacks are dropped, which the warning says; undefined where none is.
 *
 * @throws Error when the data lacks the very column that sets the target apart from its sources
 */
export function selectMode(
  mode: ModeName,
  attributes: readonly string[],
): { populations: Pick<Selection, 'sources' | 'targets'>; warning: string | undefined } {
  const known = new Set(attributes);
  const { sources, targets } = MODES[mode];
  const isKnown = (term: string): boolean => known.has(attributeOf(term));
  const [essential = ''] = targets;
  if (!isKnown(essential)) {
    throw new Error(
      `mode ${mode} needs the column ${attributeOf(essential)}, which the data lacks; it has ${attributes.join(', ')}`,
    );
  }
  const dropped = [...new Set([...sources, ...targets])].filter((term) => !isKnown(term));
  return {
    populations: {
      sources: sources.filter(isKnown).join(','),
      targets: { [mode]: targets.filter(isKnown).join(',') },
    },
    warning:
      dropped.length === 0
        ? undefined
        : `mode ${mode}: dropped ${dropped.join(', ')}, since the data has no such column`,
  };
}

function attributeOf(term: string): string {
  return term.replace(/^!/, '');
}
