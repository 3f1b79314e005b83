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
    this.#divider.addEventListener('input', () => {
      this.classList.remove('reveals');
      this.#split();
    });
  }

  /** Shows the pictures at these object URLs; the made-over one as soon as it is decoded. */
  async show(before: string | undefined, after: string | undefined): Promise<void> {
    setSource(this.#before, before);
    const isNew = setSource(this.#after, after);
    if (!isNew && after) return;
    if (!after) {
      this.#setView('before');
      return;
    }
    // A source that changes meanwhile makes decode() fail: the newer call takes over.
    const isDecoded = await this.#after.decode().then(
      () => true,
      () => false,
    );
    if (!isDecoded || this.#after.getAttribute('src') !== after) return;
    this.#setView(before ? 'both' : 'after');
  }

  /** @param strength 0 to 1 */
  setStrength(strength: number): void {
    this.style.setProperty('--strength', String(strength));
  }

  #setView(view: View): void {
    this.dataset['view'] = view;
    this.#divider.disabled = view !== 'both';
    this.classList.toggle('reveals', view === 'both');
    if (view !== 'both') return;
    this.#divider.value = '50';
    this.#split();
  }

  #split(): void {
    const percent = Number(this.#divider.value);
    this.style.setProperty('--split', `${percent}%`);
    this.#divider.setAttribute('aria-valuetext', compareValueText(percent));
  }

  /** The frame takes the picture's shape, so that it can grow with the window. */
  #fit(picture: HTMLImageElement): void {
    this.style.setProperty('--ratio', String(picture.naturalWidth / picture.naturalHeight));
  }
}

/** Whether the source changed. */
function setSource(picture: HTMLImageElement, url: string | undefined): boolean {
  if (picture.getAttribute('src') === (url ?? null)) return false;
  if (url) picture.src = url;
  else picture.removeAttribute('src');
  return true;
}
