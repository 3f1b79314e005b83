import { find } from '../dom.ts';

type OnPhoto = (file: Blob, name: string) => void;

/** Watches every way in which a photo can come: chosen, dropped, pasted, or a sample. */
export function watchPhotoIntake(page: Document, onPhoto: OnPhoto): void {
  watchChooser(find(page, '#file', HTMLInputElement), onPhoto);
  watchDrops(page, onPhoto);
  page.addEventListener('paste', (event) => takeFirst(event.clipboardData?.files, onPhoto));
  for (const button of page.querySelectorAll<HTMLButtonElement>('.sample')) {
    watchSample(button, onPhoto);
  }
}

function watchChooser(input: HTMLInputElement, onPhoto: OnPhoto): void {
  input.addEventListener('change', () => {
    takeFirst(input.files, onPhoto);
    // Else choosing the same file again would fire no event.
    input.value = '';
  });
}

function watchDrops(page: Document, onPhoto: OnPhoto): void {
  // Every element under the pointer fires its own enter and leave: the page is left at depth 0.
  let depth = 0;
  const setDepth = (value: number): void => {
    depth = value;
    page.body.classList.toggle('is-dragging', depth > 0);
  };
  page.addEventListener('dragenter', (event) => {
    if (carriesFiles(event)) setDepth(depth + 1);
  });
  page.addEventListener('dragleave', (event) => {
    if (carriesFiles(event)) setDepth(Math.max(0, depth - 1));
  });
  page.addEventListener('dragover', (event) => {
    if (carriesFiles(event)) event.preventDefault();
  });
  page.addEventListener('drop', (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    setDepth(0);
    takeFirst(event.dataTransfer?.files, onPhoto);
  });
}

function carriesFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false;
}

function takeFirst(files: FileList | null | undefined, onPhoto: OnPhoto): void {
  const file = files?.[0];
  if (file) onPhoto(file, file.name);
}

function watchSample(button: HTMLButtonElement, onPhoto: OnPhoto): void {
  const picture = find(button, 'img', HTMLImageElement);
  button.addEventListener('click', () => {
    void fetch(picture.src)
      .then((response) => response.blob())
      .then((file) => onPhoto(file, `${button.dataset['name']}.jpg`));
  });
}
