import { find } from './dom.ts';
import { CompareSlider } from './elements/compare-slider.ts';
import { ModelPicker } from './elements/model-picker.ts';
import type { Failure, Result, State, Work } from './makeover-store.ts';
import {
  failureMessage,
  isPassing,
  type KnownLimits,
  limitsText,
  noticeText,
  percentText,
  placeText,
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
  readonly #status = find(document, '#status', HTMLElement);
  readonly #progress = find(document, '#progress', HTMLProgressElement);
  readonly #details = find(document, '#details', HTMLElement);
  readonly #resultControls = find(document, '#result-controls', HTMLElement);
  readonly #strengthControl = find(document, '#strength-control', HTMLElement);
  readonly #strength = find(document, '#strength', HTMLInputElement);
  readonly #strengthValue = find(document, '#strength-value', HTMLOutputElement);
  readonly #places = [...document.querySelectorAll<HTMLInputElement>('.place input')];
  readonly #slider = find(document, 'compare-slider', CompareSlider);
  readonly #pickers = [
    find(document, '#start-picker', ModelPicker),
    find(document, '#workspace-picker', ModelPicker),
  ];

  #shownWork: Work | undefined;

  render(state: State): void {
    for (const picker of this.#pickers) picker.show(state.models, state.model);
    if (state.limits) this.#limits.textContent = limitsText(state.limits);
    for (const input of this.#places) input.checked = input.value === state.place;
    this.#renderStrength(state);
    // Writing the status again would make screen readers repeat it.
    if (state.work === this.#shownWork) return;
    const isFurther = isDownload(state.work) && isDownload(this.#shownWork);
    this.#shownWork = state.work;
    if (isFurther) this.#renderProgress(state.work);
    else this.#renderWork(state);
  }

  /** Says something about the download without a change of state. */
  announce(text: string): void {
    this.#status.textContent = text;
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

  #renderWork({ work, photo, limits }: State): void {
    const failure = work.phase === 'failed' ? work.failure : undefined;
    if (failure) this.showFailure(failure, limits, isPassing(failure.code));
    else this.clearFailure();
    // What failed and cannot be seen either is best replaced: back to the start.
    this.#showWorkspace(photo !== undefined && (failure === undefined || photo.isShowable));
    this.#progress.hidden = work.phase !== 'working';
    this.#renderProgress(work);
    const result = work.phase === 'done' ? work.result : undefined;
    this.#resultControls.hidden = result === undefined;
    this.#status.textContent = statusText(work);
    if (result) this.#details.replaceChildren(...detailLines(result));
    void this.#slider.show(photo?.isShowable ? photo.url : undefined, result?.url);
  }

  /** The amount is shown, not spoken: it changes many times a second. */
  #renderProgress(work: Work): void {
    const download = work.phase === 'working' ? work.download : undefined;
    if (download) {
      this.#progress.value = download.loadedBytes / download.totalBytes;
      this.#details.textContent = STATUS_TEXTS.downloading(download);
      return;
    }
    this.#progress.removeAttribute('value');
    this.#details.textContent = '';
  }

  #renderStrength({ strength, photo }: State): void {
    this.#strength.value = String(strength);
    this.#strength.setAttribute('aria-valuetext', percentText(strength));
    this.#strengthValue.value = percentText(strength);
    this.#slider.setStrength(strength);
    // Without the photo there is nothing to blend the result with.
    this.#strengthControl.hidden = !photo?.isShowable;
  }

  /** Changes between the two screens, and takes the keyboard's focus along. */
  #showWorkspace(isShown: boolean): void {
    if (this.#workspace.hidden !== isShown) return;
    this.#workspace.hidden = !isShown;
    this.#start.hidden = isShown;
    (isShown ? this.#workspaceTitle : this.#fileInput).focus();
  }
}

function isDownload(work: Work | undefined): boolean {
  return work?.phase === 'working' && work.download !== undefined;
}

function detailLines({ modelVersion, backend, notices = [] }: Result): HTMLElement[] {
  const lines = [
    STATUS_TEXTS.details(modelVersion),
    placeText(backend),
    ...notices.map(noticeText),
  ];
  return lines.map((text) => {
    const line = document.createElement('span');
    line.textContent = text;
    return line;
  });
}

function statusText(work: Work): string {
  if (work.phase === 'working') return STATUS_TEXTS.working;
  return work.phase === 'done' ? STATUS_TEXTS.done(work.result.faces) : '';
}
