import type { Manifest } from '../../models/contract/manifest.ts';
import type { ModelSource } from '../models/model-source.ts';
import { type CardSection, readCard } from './card-sections.ts';
import { element } from './elements.ts';
import { figureList, groupTable } from './evaluation.ts';
import { sampleList } from './samples.ts';
import { GALLERY_TEXTS } from './texts.ts';

const CARD = 'README.md';
/** What a visitor should read; the rest is one link away. */
const TOLD = ['Limits', 'Bias', 'Consent', 'Data', 'Licence'];

/**
 * All that is told about a version of a model, as an article with the model's name as its id.
 *
 * @throws Error when the service does not give its files
 */
export async function createModelCard(manifest: Manifest, source: ModelSource): Promise<Node> {
  const { name, version, title, parameters, files } = manifest;
  const read = (path: string) => source.file(manifest, path);
  const hasCard = files.some(({ path }) => path === CARD);
  const card = hasCard ? readCard(new TextDecoder().decode(await read(CARD))) : [];
  const heading = element('h2', [GALLERY_TEXTS.heading(title, version)], { id: `${name}-title` });
  const isGenerator = manifest.kind === 'generator';
  return element(
    'article',
    [
      heading,
      ...(card[0]?.paragraphs ?? []).map((text) => element('p', [text])),
      element('p', [GALLERY_TEXTS.size(parameters, files[0]?.bytes ?? 0)], { class: 'fine' }),
      ...part(GALLERY_TEXTS.samplesTitle, isGenerator ? await sampleList(manifest, read) : []),
      ...part(GALLERY_TEXTS.figuresTitle, isGenerator ? figureList(manifest.evaluation) : []),
      ...part(GALLERY_TEXTS.groupsTitle, isGenerator ? groupTable(manifest.evaluation) : []),
      ...TOLD.flatMap((wanted) => card.filter((section) => section.title === wanted)).flatMap(tell),
      element('p', links(manifest, source, hasCard), { class: 'links' }),
    ],
    { id: name, class: 'model-card', 'aria-labelledby': heading.id },
  );
}

function part(title: string, content: readonly Node[]): Node[] {
  return content.length === 0 ? [] : [element('h3', [title]), ...content];
}

function tell({ title, paragraphs, items }: CardSection): Node[] {
  return part(title, [
    ...paragraphs.map((text) => element('p', [text])),
    ...(items.length > 0
      ? [
          element(
            'ul',
            items.map((text) => element('li', [text])),
          ),
        ]
      : []),
  ]);
}

function links(manifest: Manifest, source: ModelSource, hasCard: boolean): Node[] {
  const link = (text: string, path: string): HTMLElement =>
    element('a', [text], { href: source.url(manifest, path) });
  return [
    ...(hasCard ? [link(GALLERY_TEXTS.cardLink, CARD)] : []),
    link(GALLERY_TEXTS.manifestLink, 'manifest.json'),
  ];
}
