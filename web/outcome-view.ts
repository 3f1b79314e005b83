import { find } from './dom.ts';
import type { Photo, Result, Work } from './photo.ts';
import { noticeText, placeText, STATUS_TEXTS } from './texts.ts';

/** Tells, in words and by a bar, what becomes of the shown photo. */
export class OutcomeView {
  readonly #status = find(document, '#status', HTMLElement);
  readonly #spoken = find(document, '#spoken', HTMLElement);
  readonly #progress = find(document, '#progress', HTMLProgressElement);
  readonly #details = find(document, '#details', HTMLElement);
  #shown: { readonly work: Work; readonly result: Result | undefined } | undefined;

  render(photo: Photo | undefined): void {
    // Writing the status again would make screen readers repeat it.
    if (photo?.work === this.#shown?.work && photo?.result === this.#shown?.result) return;
    const isFurther = isDownload(photo?.work) && isDownload(this.#shown?.work);
    this.#shown = photo;
    const isBusy = photo?.work.phase === 'working' || photo?.work.phase === 'waiting';
    this.#progress.hidden = !isBusy;
    this.#renderDetails(photo);
    if (!isFurther) this.announce(photo ? statusText(photo) : '');
  }

  /** Tells screen readers alone what others see happen. */
  speak(text: string): void {
    this.#spoken.textContent = text;
  }

  announce(text: string): void {
    if (this.#status.textContent !== text) this.#status.textContent = text;
  }

  /** The amount of a download is shown, not spoken: it changes many times a second. */
  #renderDetails(photo: Photo | undefined): void {
    const work = photo?.work;
    if (work?.phase === 'working' && work.download) {
      this.#progress.value = work.download.loadedBytes / work.download.totalBytes;
      this.#details.textContent = STATUS_TEXTS.downloading(work.download);
      return;
    }
    this.#progress.removeAttribute('value');
    const isDone = photo?.result !== undefined && work?.phase === 'done';
    this.#details.replaceChildren(...(isDone ? detailLines(photo.result) : []));
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

function statusText({ work, result }: Photo): string {
  if (work.phase === 'failed') return '';
  if (work.phase !== 'done') return STATUS_TEXTS.working;
  return result ? STATUS_TEXTS.done(result.faces) : STATUS_TEXTS.noFaceChosen;
}
