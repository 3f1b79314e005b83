import type { ModelView } from '../../models/contract/api/models.ts';
import { HttpService } from '../api.ts';
import { find } from '../dom.ts';
import { Downloads } from '../models/download.ts';
import { ModelSource } from '../models/model-source.ts';
import '../offline.ts';
import { element } from './elements.ts';
import { createModelCard } from './model-card.ts';
import { GALLERY_TEXTS } from './texts.ts';

const base = document.baseURI;
const source = new ModelSource(base, new Downloads(() => undefined));
const status = find(document, '#models-status', HTMLElement);

void showModels();

async function showModels(): Promise<void> {
  let all: readonly ModelView[];
  try {
    const { models, detector } = await new HttpService(base).models();
    all = [...models, ...(detector ? [detector] : [])];
  } catch {
    status.textContent = GALLERY_TEXTS.away;
    return;
  }
  listContents(all);
  const cards = await Promise.all(all.map(createCard));
  find(document, '#cards', HTMLElement).replaceChildren(...cards);
  status.textContent = GALLERY_TEXTS.loaded;
  // The cards were not there when the browser looked for the address's fragment.
  document.getElementById(decodeURIComponent(location.hash.slice(1)))?.scrollIntoView();
}

function listContents(models: readonly ModelView[]): void {
  const contents = find(document, '#contents', HTMLElement);
  const items = models.map(({ name, title }) =>
    element('li', [element('a', [title], { href: `#${name}` })]),
  );
  find(contents, 'ul', HTMLUListElement).replaceChildren(...items);
  contents.hidden = false;
}

/** One model that cannot be told about leaves the others as they are. */
async function createCard({ name, version, title }: ModelView): Promise<Node> {
  try {
    return await createModelCard(await source.manifest({ name, version }), source);
  } catch {
    const text = element('p', [GALLERY_TEXTS.missing(title)]);
    return element('article', [element('h2', [title]), text], { id: name, class: 'model-card' });
  }
}
