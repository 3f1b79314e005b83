import type { EvaluationRow } from '../../models/contract/manifest.ts';
import { element, table } from './elements.ts';
import { FIGURE_TEXTS, GALLERY_TEXTS, groupText, judgeText, shareText } from './texts.ts';

/** The test split; a model's makers chose nothing by it. */
const TEST_SPLIT = '2';
const ALL = 'all';

/** The figures that say most, from the test split, as a list of terms; empty without them. */
export function figureList(evaluation: readonly EvaluationRow[]): Node[] {
  const rows = evaluation.filter(({ group, splits }) => group === ALL && splits === TEST_SPLIT);
  const lines = FIGURE_TEXTS.flatMap(({ figure, of, label, value }) =>
    rows
      .filter((row) => row.figure === figure && row.of === of)
      .map((row) =>
        element('div', [
          element('dt', [label(judgeText(row.by))]),
          element('dd', [value(row.value)]),
        ]),
      ),
  );
  if (lines.length === 0) return [];
  const faces = Math.max(...rows.filter(({ of }) => of === 'model').map((row) => row.faces));
  return [
    element('p', [GALLERY_TEXTS.figuresText(faces)]),
    element('dl', lines, { class: 'figures' }),
  ];
}

/** Success of each group of faces by each judge; empty where it was not measured. */
export function groupTable(evaluation: readonly EvaluationRow[]): Node[] {
  const rows = evaluation.filter(
    ({ group, figure, of }) => group !== ALL && figure === 'success' && of === 'model',
  );
  const judges = [...new Set(rows.map(({ by }) => by))];
  const groups = [...new Set(rows.map(({ group }) => group))];
  if (groups.length === 0) return [];
  const lines = groups.map((group) => {
    const own = rows.filter((row) => row.group === group);
    const shares = judges.map((judge) => own.find(({ by }) => by === judge)?.value);
    const faces = Math.max(...own.map((row) => row.faces));
    return [
      groupText(group),
      String(faces),
      ...shares.map((share) => (share === undefined ? '–' : shareText(share))),
    ];
  });
  const head = [
    GALLERY_TEXTS.group,
    GALLERY_TEXTS.faces,
    ...judges.map((judge) => GALLERY_TEXTS.judge(judgeText(judge))),
  ];
  return [element('p', [GALLERY_TEXTS.groupsText]), table(GALLERY_TEXTS.groupsTitle, head, lines)];
}
