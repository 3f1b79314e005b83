import type { Photo } from '../photo.ts';
import { photoLabel } from '../texts.ts';

/** The opened photos, small. Fires `select-photo` with a photo's id as its detail. */
export class PhotoStrip extends HTMLElement {
  readonly #items = new Map<number, HTMLLIElement>();

  show(photos: readonly Photo[], currentId: number | undefined): void {
    const list = this.querySelector('ul');
    for (const [id, item] of this.#items) {
      if (photos.some((photo) => photo.id === id)) continue;
      item.remove();
      this.#items.delete(id);
    }
    for (const [i, photo] of photos.entries()) {
      const item = this.#items.get(photo.id) ?? this.#createItem(photo);
      if (!item.isConnected) list?.insertBefore(item, list.children[i] ?? null);
      const button = item.querySelector('button');
      if (!button) continue;
      button.dataset['phase'] = photo.work.phase;
      setAttribute(button, 'aria-label', photoLabel(photo.name, photo.work.phase));
      setAttribute(button, 'aria-current', String(photo.id === currentId));
    }
  }

  #createItem({ id, name, thumbnailUrl }: Photo): HTMLLIElement {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'thumbnail';
    button.title = name;
    button.addEventListener('click', () => {
      this.dispatchEvent(new CustomEvent('select-photo', { detail: id }));
    });
    if (thumbnailUrl) {
      const picture = document.createElement('img');
      picture.src = thumbnailUrl;
      picture.alt = '';
      button.append(picture);
    }
    const item = document.createElement('li');
    item.append(button);
    this.#items.set(id, item);
    return item;
  }
}

/** Writing what stands there already would make some screen readers repeat it. */
function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}
