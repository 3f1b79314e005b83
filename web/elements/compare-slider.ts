import { find } from '../dom.ts';
import { compareValueText } from '../texts.ts';

/** What can be seen: one of the two pictures, or both with a divider. */
type View = 'before' | 'after' | 'both';

/**
 * Two pictures of the same size on top of each other, with a divider that a range input moves.
 * The made-over picture's opacity is the strength: at full strength it is original + change, so
 * this blend is what the service gives for a lower strength.
 */
export class CompareSlider extends HTMLElement {
  #wanted: string | undefined;

  get #before(): HTMLImageElement {
    return find(this, '.before', HTMLImageElement);
  }

  get #after(): HTMLImageElement {
    return find(this, '.after', HTMLImageElement);
  }

  get #divider(): HTMLInputElement {
    return find(this, 'input', HTMLInputElement);
  }

  connectedCallback(): void {
    for (const picture of [this.#before, this.#after]) {
      picture.addEventListener('load', () => this.#fit(picture));
    }
    this.#divider.addEventListener('input', () => this.#split());
  }

  /**
   * Shows the pictures at these object URLs; the made-over one as soon as it is decoded, and until
   * then the one before it of the same photo.
   */
  async show(before: string | undefined, after: string | undefined): Promise<void> {
    this.#wanted = after;
    if (this.#before.getAttribute('src') !== (before ?? null)) {
      setSource(this.#before, before);
      setSource(this.#after, undefined);
      this.#setView('before');
    }
    if (!after) {
      setSource(this.#after, undefined);
      this.#setView('before');
      return;
    }
    if (this.#after.getAttribute('src') === after || !(await canDecode(after))) return;
    // A newer call has taken over meanwhile.
    if (this.#wanted !== after) return;
    this.#after.src = after;
    this.#setView(before ? 'both' : 'after');
  }

  /** @param strength 0 to 1 */
  setStrength(strength: number): void {
    this.style.setProperty('--strength', String(strength));
  }

  /** Moves the divider to a share (0 to 1) of the width. */
  moveDivider(share: number): void {
    this.#divider.value = String(100 * share);
    this.#split();
  }

  #setView(view: View): void {
    if (this.dataset['view'] === view) return;
    this.dataset['view'] = view;
    this.#divider.disabled = view !== 'both';
    this.#divider.value = '50';
    this.#split();
    this.classList.toggle('reveals', view === 'both');
  }

  #split(): void {
    const percent = Number(this.#divider.value);
    this.classList.remove('reveals');
    this.style.setProperty('--split', `${percent}%`);
    this.#divider.setAttribute('aria-valuetext', compareValueText(percent));
  }

  /** The frame takes the picture's shape, so that it can grow with the window. */
  #fit(picture: HTMLImageElement): void {
    this.style.setProperty('--ratio', String(picture.naturalWidth / picture.naturalHeight));
  }
}

function setSource(picture: HTMLImageElement, url: string | undefined): void {
  if (url) picture.src = url;
  else picture.removeAttribute('src');
}

function canDecode(url: string): Promise<boolean> {
  const picture = new Image();
  picture.src = url;
  return picture.decode().then(
    () => true,
    () => false,
  );
}
