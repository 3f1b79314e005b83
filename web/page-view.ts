import { find } from './dom.ts';
import { CompareSlider } from './elements/compare-slider.ts';
import { FaceOutlines } from './elements/face-outlines.ts';
import { ModelPicker } from './elements/model-picker.ts';
import { PhotoStrip } from './elements/photo-strip.ts';
import { PhotoZoom } from './elements/photo-zoom.ts';
import { type Failure, isPassing } from './failure.ts';
import { OutcomeView } from './outcome-view.ts';
import type { Photo } from './photo.ts';
import { currentPhoto, type State } from './state.ts';
import {
  failureMessage,
  type KnownLimits,
  limitsText,
  percentText,
  STATUS_TEXTS,
} from './texts.ts';

/** Shows a state on the page. Knows the elements of index.html, and asks for nothing. */
export class PageView {
  readonly #start = find(document, '#start', HTMLElement);
  readonly #workspace = find(document, '#workspace', HTMLElement);
  readonly #workspaceTitle = find(document, '#workspace-title', HTMLElement);
  readonly #fileInput = find(document, '#file', HTMLInputElement);
  readonly #limits = find(document, '#limits', HTMLElement);
  readonly #notice = find(document, '#notice', HTMLElement);
  readonly #noticeTitle = find(document, '#notice-title', HTMLElement);
  readonly #noticeAdvice = find(document, '#notice-advice', HTMLElement);
  readonly #retry = find(document, '#retry', HTMLButtonElement);
  readonly #resultControls = find(document, '#result-controls', HTMLElement);
  readonly #strengthControl = find(document, '#strength-control', HTMLElement);
  readonly #strength = find(document, '#strength', HTMLInputElement);
  readonly #strengthValue = find(document, '#strength-value', HTMLOutputElement);
  readonly #download = find(document, '#download', HTMLButtonElement);
  readonly #downloadAll = find(document, '#download-all', HTMLButtonElement);
  readonly #remove = find(document, '#remove', HTMLButtonElement);
  readonly #undo = find(document, '#undo', HTMLButtonElement);
  readonly #facesHint = find(document, '#faces-hint', HTMLElement);
  readonly #ready = find(document, '#ready', HTMLElement);
  readonly #places = [...document.querySelectorAll<HTMLInputElement>('.place input')];
  readonly #slider = find(document, 'compare-slider', CompareSlider);
  readonly #outlines = find(document, 'face-outlines', FaceOutlines);
  readonly #strip = find(document, 'photo-strip', PhotoStrip);
  readonly #zoom = new PhotoZoom(this.#slider);
  readonly #outcome = new OutcomeView();
  readonly #pickers = [
    find(document, '#start-picker', ModelPicker),
    find(document, '#workspace-picker', ModelPicker),
  ];

  #shownId: number | undefined;
  #shownFailure: Failure | undefined;

  render(state: State): void {
    const photo = currentPhoto(state);
    const model = photo?.edits.model ?? state.model;
    for (const picker of this.#pickers) picker.show(state.models, model);
    for (const input of this.#places) input.checked = input.value === state.place;
    if (state.limits) this.#limits.textContent = limitsText(state.limits);
    this.#renderFailure(state, photo);
    this.#showWorkspace(photo !== undefined);
    this.#outcome.render(photo);
    if (photo) this.#renderPhoto(photo);
    this.#renderPhotos(state);
  }

  /** Says something about the download without a change of state. */
  announce(text: string): void {
    this.#outcome.announce(text);
  }

  /** Tells screen readers alone what others see happen. */
  speak(text: string): void {
    this.#outcome.speak(text);
  }

  /** Takes the last failure away. */
  clearFailure(): void {
    this.#notice.hidden = true;
  }

  /** Shows what went wrong; `offersRetry` where the retry button would do the same again. */
  showFailure(failure: Failure, limits: KnownLimits | undefined, offersRetry: boolean): void {
    const { title, advice } = failureMessage(failure.code, failure.detail, limits);
    this.#noticeTitle.textContent = title;
    this.#noticeAdvice.textContent = advice;
    this.#retry.hidden = !offersRetry;
    this.#notice.hidden = false;
    this.#notice.scrollIntoView({ block: 'nearest' });
  }

  /** Shows or hides the outlines of the faces. */
  toggleOutlines(button: HTMLButtonElement): void {
    const isHidden = this.#slider.classList.toggle('hides-faces');
    button.setAttribute('aria-pressed', String(!isHidden));
  }

  #renderFailure({ failure, limits }: State, photo: Photo | undefined): void {
    const { work } = photo ?? {};
    const shown = work?.phase === 'failed' ? work.failure : failure;
    // Showing it again would make screen readers repeat it.
    if (shown === this.#shownFailure) return;
    this.#shownFailure = shown;
    if (shown) this.showFailure(shown, limits, isPassing(shown.code));
    else this.clearFailure();
  }

  #renderPhoto(photo: Photo): void {
    const { edits, faces = [], result, isShowable, work } = photo;
    if (photo.id !== this.#shownId) this.#zoom.reset();
    this.#shownId = photo.id;
    const hasFailed = work.phase === 'failed';
    void this.#slider.show(isShowable ? photo.url : undefined, hasFailed ? undefined : result?.url);
    this.#outlines.show(faces, edits.leftOut);
    this.#facesHint.hidden = faces.length === 0;
    this.#resultControls.hidden = hasFailed || (result === undefined && faces.length === 0);
    this.#download.disabled = result === undefined || work.phase !== 'done';
    this.#undo.setAttribute('aria-disabled', String(photo.past.length === 0));
    const text = percentText(edits.strength);
    this.#strength.value = String(edits.strength);
    this.#strength.setAttribute('aria-valuetext', text);
    this.#strengthValue.value = text;
    this.#slider.setStrength(edits.strength);
    // Without the photo there is nothing to blend the result with.
    this.#strengthControl.hidden = !isShowable;
  }

  #renderPhotos({ photos, currentId }: State): void {
    this.#strip.show(photos, currentId);
    const isMany = photos.length > 1;
    this.#remove.hidden = !isMany;
    this.#downloadAll.hidden = !isMany;
    const done = photos.filter(({ work }) => work.phase === 'done').length;
    const text = isMany ? STATUS_TEXTS.ready(done, photos.length) : '';
    if (this.#ready.textContent !== text) this.#ready.textContent = text;
  }

  /** Changes between the two screens, and takes the keyboard's focus along. */
  #showWorkspace(isShown: boolean): void {
    if (this.#workspace.hidden !== isShown) return;
    this.#workspace.hidden = !isShown;
    this.#start.hidden = isShown;
    (isShown ? this.#workspaceTitle : this.#fileInput).focus();
  }
}
