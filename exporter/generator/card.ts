import type { TrainingSummary } from '../../models/contract/manifest.ts';
import { markdownTable } from '../markdown.ts';
import type { GeneratorDraft } from '../publish.ts';
import { evaluationSection } from './evaluation-section.ts';
import { variantsSection } from './variants-section.ts';

/**
 * The model card: what a model does, what it was made from, how it was measured and what it must
 * not be used for. Everything measured comes from the manifest.
 *
 * @param dataNotes what a reader must know about the data's labels and people
 */
export function generatorCard(manifest: GeneratorDraft, dataNotes: readonly string[]): string {
  return `${[
    `# ${manifest.title} (version ${manifest.version})`,
    ...introduction(manifest),
    '## Training',
    ...trainingSection(manifest),
    '## Evaluation',
    ...evaluationSection(manifest.evaluation),
    '## Equality with the trained network',
    paritySection(manifest),
    ...variantsSection(manifest.variants ?? []),
    '## Data',
    ...manifest.data.map(
      ({ name, licence, attribution }) => `${name}, ${licence}. ${attribution}.`,
    ),
    ...(dataNotes.length > 0 ? [bullets(dataNotes)] : []),
    ...limitsSection(manifest),
    '## Licence',
    `The weights: ${manifest.licence}. Keep the attribution above with every copy.`,
  ].join('\n\n')}\n`;
}

function introduction({ name, crop, training, ...manifest }: GeneratorDraft): string[] {
  return [
    `Changes an aligned face of ${crop.width}x${crop.height} px towards the population "${name}", as the labels of the training data define it, and is meant to leave the person, pose, expression, light and background alone; how far it does stands under Evaluation. ${directions(training)}`,
    bullets([
      `Input \`image\`: uint8 [n, h, w, 3], RGB, h and w multiples of ${manifest.sizeMultiple}.`,
      'Output `result`: uint8 [n, h, w, 3]. Output `residual`: float32 [n, h, w, 3], result minus image in grey levels before rounding and clipping.',
      `${manifest.parameters} parameters, ${manifest.gflop} GFLOP a face, ONNX opset ${manifest.opset}.`,
    ]),
  ];
}

function directions({ targets }: TrainingSummary): string {
  const count = Object.keys(targets).length;
  return count === 1
    ? 'It is the only direction that its network learnt.'
    : `It is one of ${count} directions that one network learnt together.`;
}

function trainingSection({ training: summary, name }: GeneratorDraft): string[] {
  const rows: [string, string | number][] = [
    ['preset', summary.preset],
    ['faces that take part', summary.faces === '' ? 'all' : summary.faces],
    ...(summary.sources === undefined
      ? []
      : [['source population', summary.sources] satisfies [string, string]]),
    ...Object.entries(summary.targets).map(([target, expression]): [string, string] => [
      target === name
        ? `target population "${target}" (this model)`
        : `target population "${target}"`,
      expression,
    ]),
    ['steps', summary.steps],
    ['images', summary.images],
    ['minutes', summary.trainMinutes],
    ...summary.divergences.map((divergence): [string, string] => [
      'divergence',
      `at step ${divergence.noticedAtStep} (${divergence.reason}): went on from step ${divergence.reloadedStep} at ${divergence.learningRateScale} times the learning rate`,
    ]),
    ['backend', summary.backend],
    ['SHA-256 of the configuration', summary.configSha256],
    ['SHA-256 of the data', summary.dataSha256],
    ['commit', summary.commit],
  ];
  return [
    summary.sources === undefined
      ? 'The sources of a target are the faces of the other targets by their first term, without the narrowing terms.'
      : 'Faces of the source population were made over to the target.',
    summary.preset.startsWith('modern-')
      ? 'The weights are an exponential moving average.'
      : 'The weights are those of the last step.',
    markdownTable(
      ['setting', 'value'],
      rows.map(([setting, value]) => [setting, String(value)]),
    ),
  ];
}

function paritySection({ parity: rows }: GeneratorDraft): string {
  return markdownTable(
    ['output', 'compared on', 'provider', 'largest difference', 'mean difference'],
    rows.map((row) => [row.output, row.inputs, row.provider, row.maxAbs, row.meanAbs]),
  );
}

/** Limits of every model, and those seen in models of feminine and masculine faces. */
function limitsSection({ name, training }: GeneratorDraft): string[] {
  const isOfGender = /\bMale\b/.test(training.targets[name] ?? '');
  return [
    '## Limits',
    bullets([
      'Made for frontal faces with open, visible eyes. On profiles, tilted and covered faces the change is slight or leaves grey and reddish patches.',
      'Some faces are left nearly as they were, and some get smudges beside nose and mouth.',
      isOfGender ? 'Beards, heavy moustaches, glasses and hair stay.' : 'Hair and glasses stay.',
      'Only the crop around eyes, nose and mouth is changed; a large photo gets its detail from the original.',
    ]),
    '## Bias',
    isOfGender
      ? 'The model draws what the training labels call feminine or masculine, and so repeats the stereotypes of its pictures: make-up, brows, stubble. It says nothing about what anybody is. Its effect may differ between groups of faces: the evaluation reports those that are large enough to measure.'
      : `The model draws what the training labels call "${name}", with everything else that is more frequent in those pictures: other traits may change along with it. It says nothing about what anybody is or feels. Its effect may differ between groups of faces: the evaluation reports those that are large enough to measure.`,
    '## Consent',
    'Make over only pictures of people who agreed to it. Do not use the results to deceive, to mock or to identify anybody. The results carry a mark in their metadata that names them as edited by a model.',
  ];
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}
