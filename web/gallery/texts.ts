/** The words of the models' page; what a model says about itself comes from its own card. */

/** Put into models.html at build time, where it says {{name}}. */
export const GALLERY_PAGE_TEXTS = {
  modelsPageTitle: 'Models: deep-makeover',
  modelsSummary:
    'What each makeover does, how well, for whom it works worse, and what it was made from.',
  modelsTitle: 'The models',
  modelsLede:
    'What each makeover does to a face, how well it was measured to work, for whom it works worse, and what it was made from.',
  modelsLoading: 'Loading what this service has…',
  overviewAlt:
    'Six composite portraits above, the same made over below: three men with fuller lips and thinner brows, three women with beards and heavier brows.',
  overviewCaption:
    'Above as they are, below made over at full strength by the models that come with deep-makeover. Composites of many faces from FairFace (CC BY 4.0), nobody real.',
  askingTitle: 'Whose photo, and who must be asked',
  askingText:
    'A makeover shows somebody as they never looked. Make over photos of yourself, or of people who said yes to this very use. Ask first, above all:',
  askingChildren: 'children, and their parents too; these models have seen adults only',
  askingStrangers: 'people in the background: leave their faces out instead',
  askingHarm: 'anybody whom the result may mock, expose or put in danger',
  askingIdentity:
    'and never change a photo that proves who somebody is, or what happened: passports, news',
} as const;

export const GALLERY_TEXTS = {
  loaded: 'The models of this service:',
  away: 'The service cannot be reached, and this device has not seen its models yet. Connect, then load the page again.',
  missing: (title: string) => `The card of ${title} cannot be loaded. Load the page again later.`,
  heading: (title: string, version: number) => `${title}, version ${version}`,
  size: (parameters: number, bytes: number) =>
    `${parameters.toLocaleString('en-GB')} parameters, ${(bytes / 2 ** 20).toFixed(1)} MB`,
  samplesTitle: 'Samples',
  samplesText:
    'What the network alone makes of a face, before it is blended into a photo: before on the left, after on the right. The faces are composites of many people and show nobody. A face that has the look already is left nearly as it was.',
  sampleAlt: (number: number) => `Sample ${number}: before on the left, after on the right`,
  figuresTitle: 'How well it works',
  figuresText: (faces: number) =>
    `Measured on ${faces.toLocaleString('en-GB')} faces that training never saw, by two programs that judge how a face looks.`,
  groupsTitle: 'For whom it works worse',
  groupsText:
    'Share of made-over faces that each judge takes for the target, by the groups that the data set names.',
  group: 'Group',
  faces: 'Faces',
  judge: (name: string) => `Judged by ${name}`,
  cardLink: 'Full card, with every figure',
  manifestLink: 'Manifest (JSON)',
} as const;

/** For example "99.7 %": whole percents would make nearly all look like all. */
export function shareText(share: number): string {
  return `${(100 * share).toFixed(1)} %`;
}

/** How a figure of the evaluation is told; those without an entry stay in the full card. */
export interface FigureText {
  readonly figure: string;
  readonly of: string;
  readonly label: (judge: string) => string;
  readonly value: (value: number) => string;
}

export const FIGURE_TEXTS: readonly FigureText[] = [
  {
    figure: 'success',
    of: 'model',
    label: (judge) => `Faces that look like the target afterwards, says ${judge}`,
    value: shareText,
  },
  {
    figure: 'success',
    of: 'full size',
    label: (judge) => `The same in the whole photo, says ${judge}`,
    value: shareText,
  },
  {
    figure: 'unchanged',
    of: 'model',
    label: () => 'Faces left nearly as they were',
    value: shareText,
  },
  {
    figure: 'flips',
    of: 'model',
    label: (judge) => `Other attributes that change along with it, says ${judge}`,
    value: shareText,
  },
  {
    figure: 'SSIM',
    of: 'model',
    label: () => 'Likeness of the picture before and after (SSIM, 1 is the same)',
    value: (value) => value.toFixed(2),
  },
];

const JUDGES: Readonly<Record<string, string>> = {
  C_eval: 'a neural network',
  ridge: 'a ridge regression',
};

/** An instrument of the evaluation, as a reader knows it. */
export function judgeText(by: string): string {
  return JUDGES[by] ?? by;
}

/** A group of faces, e.g. "race: Latino_Hispanic". */
export function groupText(group: string): string {
  return group
    .replace(/^race: /, '')
    .replace(/^age: /, 'Age ')
    .replaceAll('_', ' or ');
}
