import { markdownTable } from '../markdown.ts';
import type { DetectorDraft } from '../publish.ts';

/** How well detection agrees with the points that a data set was aligned by, in crop px. */
export interface PointFigures {
  /** Faces that the offset was measured on, and those that it was checked on. */
  readonly measured: number;
  readonly checked: number;
  /** Faces of either split in which no face was found. */
  readonly missed: number;
  /** The largest coordinate of the mean offset that is left on the checked faces. */
  readonly remaining: number;
  /** Mean distance of a single face's points from the template, offset applied. */
  readonly meanDistance: number;
}

/** The card of the face detector. */
export function detectorCard(manifest: DetectorDraft, points: PointFigures): string {
  const { leftEye, rightEye, mouth } = manifest.pointOffset;
  const size = manifest.inputSize;
  return `${[
    `# ${manifest.title} (version ${manifest.version})`,
    `Finds faces and six points of each in a photo scaled and padded to ${size}x${size} px. It is MediaPipe's BlazeFace for rear cameras, as the npm package \`@vladmandic/human\` 3.3.6 ships it for tf.js, converted to ONNX by this project's exporter without changing a weight.`,
    [
      `- Input \`image\`: uint8 [n, ${size}, ${size}, 3], RGB.`,
      '- Output `boxes`: float32 [n, 896, 16], in px of the input, relative to the centre of the anchor: centre (x, y) and size (width, height) of the box, then left eye, right eye, nose, mouth, left ear, right ear (x, y each), left being the left of the picture.',
      '- Output `scores`: float32 [n, 896, 1], logits.',
      '- Anchors: two in each cell of a 16x16 grid, then six in each cell of an 8x8 grid, row by row.',
      `- ${manifest.parameters} parameters, ${manifest.gflop} GFLOP a photo, ONNX opset ${manifest.opset}.`,
    ].join('\n'),
    '## Points',
    `Mean of (template - detected point) over ${points.measured} aligned faces of FairFace (CC BY 4.0, Kärkkäinen and Joo, WACV 2021), in px of the face crop; the crop's height was 12 to 45 % of the photo's side and the face turned by up to 15 degrees. The face pipeline adds it, so that photos are aligned as the training data was. On ${points.checked} other faces the mean offset that is left is at most ${points.remaining.toFixed(2)} px in any coordinate; a single face's points lie ${points.meanDistance.toFixed(2)} px from the template on average. ${points.missed} more faces were not found.`,
    markdownTable(
      ['point', 'x', 'y'],
      [
        ['left eye', leftEye.x, leftEye.y],
        ['right eye', rightEye.x, rightEye.y],
        ['mouth', mouth.x, mouth.y],
      ],
    ),
    '## Equality with tf.js',
    'Box values are px; scores are logits, which reach -4000 in empty regions, and matter as probabilities.',
    markdownTable(
      ['output', 'compared on', 'provider', 'largest difference', 'mean difference'],
      manifest.parity.map((row) => [row.output, row.inputs, row.provider, row.maxAbs, row.meanAbs]),
    ),
    '## Limits',
    'Made for faces within a few metres. Profiles, faces that are mostly covered and faces smaller than about a twelfth of the photo may be missed.',
    '## Licence',
    `${manifest.licence}: BlazeFace is part of MediaPipe, copyright The MediaPipe Authors, Apache License 2.0 (see LICENSE). The package that it was taken from is MIT, copyright Vladimir Mandic.`,
  ].join('\n\n')}\n`;
}
