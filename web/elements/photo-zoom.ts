import { find } from '../dom.ts';
import { percentText } from '../texts.ts';
import type { CompareSlider } from './compare-slider.ts';
import { watchGestures } from './stage-gestures.ts';
import { MAX_ZOOM, panBy, WHOLE_PHOTO, type ZoomView, zoomAt } from './zoom-view.ts';

/** One press of a button or key. */
const ZOOM_STEP = 1.5;
const PAN_STEP = 0.1;

const PAN_KEYS: Readonly<Record<string, readonly [x: number, y: number]>> = {
  ArrowLeft: [PAN_STEP, 0],
  ArrowRight: [-PAN_STEP, 0],
  ArrowUp: [0, PAN_STEP],
  ArrowDown: [0, -PAN_STEP],
};

/**
 * Enlarges the photo in its frame, by buttons, keys, wheel and fingers. Fires `zoom` at the slider
 * while the photo is enlarged.
 */
export class PhotoZoom {
  readonly #slider: CompareSlider;
  readonly #surface: HTMLElement;
  readonly #out = find(document, '#zoom-out', HTMLButtonElement);
  readonly #in = find(document, '#zoom-in', HTMLButtonElement);
  readonly #fit = find(document, '#zoom-fit', HTMLButtonElement);
  #view: ZoomView = WHOLE_PHOTO;

  constructor(slider: CompareSlider) {
    this.#slider = slider;
    this.#surface = find(slider, '.surface', HTMLElement);
    this.#out.addEventListener('click', () => this.#zoomBy(1 / ZOOM_STEP));
    this.#in.addEventListener('click', () => this.#zoomBy(ZOOM_STEP));
    this.#fit.addEventListener('click', () => this.reset());
    this.#surface.addEventListener('keydown', (event) => this.#press(event));
    watchGestures(slider, {
      drag: (to, by) => {
        if (this.#view.zoom > 1) this.#show(panBy(this.#view, by.x, by.y));
        else slider.moveDivider(to.x);
      },
      zoom: (factor, at) => this.#show(zoomAt(this.#view, factor, at.x, at.y)),
    });
    // A face that the keyboard reaches is brought into view.
    slider.addEventListener('focusin', ({ target }) => {
      if (target instanceof HTMLButtonElement) this.#bringIn(target);
    });
    this.reset();
  }

  /** Shows the whole photo. */
  reset(): void {
    this.#show(WHOLE_PHOTO);
  }

  #zoomBy(factor: number): void {
    this.#show(zoomAt(this.#view, factor, 0.5, 0.5));
  }

  #press(event: KeyboardEvent): void {
    const pan = PAN_KEYS[event.key];
    if (!pan) return;
    event.preventDefault();
    this.#show(panBy(this.#view, ...pan));
  }

  #bringIn(face: HTMLElement): void {
    const frame = this.#slider.getBoundingClientRect();
    const box = face.getBoundingClientRect();
    // The browser may have scrolled the frame itself, which is no scroller of ours.
    this.#slider.scrollTo(0, 0);
    if (this.#view.zoom === 1) return;
    const isSeen =
      box.left >= frame.left &&
      box.right <= frame.right &&
      box.top >= frame.top &&
      box.bottom <= frame.bottom;
    if (isSeen) return;
    const x = (frame.left + frame.right - box.left - box.right) / 2 / frame.width;
    const y = (frame.top + frame.bottom - box.top - box.bottom) / 2 / frame.height;
    this.#show(panBy(this.#view, x, y));
  }

  #show(view: ZoomView): void {
    this.#view = view;
    const { style } = this.#slider;
    style.setProperty('--zoom', String(view.zoom));
    style.setProperty('--pan-x', `${100 * view.x}%`);
    style.setProperty('--pan-y', `${100 * view.y}%`);
    const isZoomed = view.zoom > 1;
    this.#slider.classList.toggle('is-zoomed', isZoomed);
    this.#surface.hidden = !isZoomed;
    this.#fit.textContent = percentText(view.zoom);
    setDisabled(this.#out, !isZoomed);
    setDisabled(this.#fit, !isZoomed);
    setDisabled(this.#in, view.zoom === MAX_ZOOM);
    if (isZoomed) this.#slider.dispatchEvent(new CustomEvent('zoom'));
  }
}

/** A button that disables itself would lose the keyboard's focus: it stays, and says so. */
function setDisabled(button: HTMLButtonElement, isDisabled: boolean): void {
  button.setAttribute('aria-disabled', String(isDisabled));
}
