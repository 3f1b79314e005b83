import type { CelebaFace, CelebaFolder } from './celeba.ts';
import { type Expression, parseExpression } from './expression.ts';

/** What a run selects: one expression for all faces, one for each target population. */
export interface Selection {
  readonly faces: string;
  /**
   * Faces to be made over, where one target is learnt alone. Without it there are at least two
   * targets, and the sources of each are the faces of the others' first term.
   */
  readonly sources?: string;
  readonly targets: Readonly<Record<string, string>>;
}

/** The faces that one target is learnt from. */
export interface Population {
  readonly name: string;
  /** Real faces of the target. */
  readonly targets: readonly CelebaFace[];
  /** Faces to be made over. */
  readonly sources: readonly CelebaFace[];
  /** The target that each source belongs to before the makeover; -1 for none, where it is alone. */
  readonly sourceTargets: readonly number[];
}

/** Throws an Error that names the expression and an attribute that does not exist. */
export function selectPopulations(
  folder: CelebaFolder,
  selection: Selection,
  split: number,
): Population[] {
  const names = Object.keys(selection.targets);
  if (selection.sources !== undefined) {
    return [selectDirection(folder, selection, selection.sources, split)];
  }
  if (names.length < 2) {
    throw new Error(
      `a run needs at least two targets, since each is made from the faces of the others, or the expression of its sources; got ${names.length} target`,
    );
  }
  const faces = selectFaces(folder, selection.faces, split);
  const expressions = names.map((name) => targetExpression(folder, selection, name));
  const origins = expressions.map((expression) =>
    parseExpression(expression.terms[0] ?? '', folder.attributes),
  );
  return names.map((name, k) => {
    const sources: CelebaFace[] = [];
    const sourceTargets: number[] = [];
    for (const face of faces) {
      const origin = origins.findIndex((term, j) => j !== k && matches(term, folder, face));
      if (origin === -1 || matches(origins[k] as Expression, folder, face)) continue;
      sources.push(face);
      sourceTargets.push(origin);
    }
    const expression = expressions[k] as Expression;
    const targets = faces.filter((face) => matches(expression, folder, face));
    return requireFaces({ name, targets, sources, sourceTargets }, expression, split);
  });
}

/** One target alone, made from the faces that an expression of its own selects. */
function selectDirection(
  folder: CelebaFolder,
  selection: Selection,
  sourceText: string,
  split: number,
): Population {
  const [name, ...others] = Object.keys(selection.targets);
  if (name === undefined || others.length > 0) {
    throw new Error(
      `sources are given for one target only; got ${others.length + (name === undefined ? 0 : 1)} targets`,
    );
  }
  const expression = targetExpression(folder, selection, name);
  const from = parseExpression(sourceText, folder.attributes);
  const faces = selectFaces(folder, selection.faces, split);
  const sources = faces.filter((face) => matches(from, folder, face));
  const targets = faces.filter((face) => matches(expression, folder, face));
  const sourceTargets = sources.map(() => -1);
  return requireFaces({ name, targets, sources, sourceTargets }, expression, split);
}

/** The faces of a split that an expression selects, in the order of the data set. */
export function selectFaces(folder: CelebaFolder, text: string, split: number): CelebaFace[] {
  const expression = parseExpression(text, folder.attributes);
  return folder.faces.filter((face) => face.split === split && matches(expression, folder, face));
}

function targetExpression(folder: CelebaFolder, selection: Selection, name: string): Expression {
  const expression = parseExpression(selection.targets[name] ?? '', folder.attributes);
  if (expression.terms.length === 0) throw new Error(`target ${name} has an empty expression`);
  return expression;
}

function matches(expression: Expression, folder: CelebaFolder, face: CelebaFace): boolean {
  return expression.matches((attribute) => face.has[folder.attributes.indexOf(attribute)] === true);
}

function requireFaces(population: Population, expression: Expression, split: number): Population {
  if (population.targets.length === 0 || population.sources.length === 0) {
    throw new Error(
      `target ${population.name} (${expression.text}) has ${population.targets.length} target and ` +
        `${population.sources.length} source faces in split ${split}; both must be above zero`,
    );
  }
  return population;
}
