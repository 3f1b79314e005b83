import type { NewPhoto } from '../makeover-store.ts';
import { samplePhoto } from '../sample-photos.ts';

export interface Intake {
  readonly onPhotos: (photos: readonly NewPhoto[]) => void;
  /** Called when a sample cannot be fetched, with the reason. */
  readonly onMissingSample: (reason: string) => void;
}

/** Watches every way in which photos can come: chosen, taken, dropped, pasted, or a sample. */
export function watchPhotoIntake(page: Document, { onPhotos, onMissingSample }: Intake): void {
  const take = (files: FileList | null | undefined): void => {
    const photos = [...(files ?? [])].map((file) => ({ file, name: file.name }));
    if (photos.length > 0) onPhotos(photos);
  };
  for (const input of page.querySelectorAll<HTMLInputElement>('.photo-input')) {
    input.addEventListener('change', () => {
      take(input.files);
      // Else choosing the same file again would fire no event.
      input.value = '';
    });
  }
  watchDrops(page, take);
  page.addEventListener('paste', (event) => take(event.clipboardData?.files));
  for (const button of page.querySelectorAll<HTMLButtonElement>('.sample')) {
    button.addEventListener('click', () => {
      fetchSample(button).then(
        (photo) => onPhotos([photo]),
        (error) => onMissingSample(String(error)),
      );
    });
  }
}

function watchDrops(page: Document, take: (files: FileList | undefined) => void): void {
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
    take(event.dataTransfer?.files);
  });
}

function carriesFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false;
}

async function fetchSample({ dataset }: HTMLElement): Promise<NewPhoto> {
  const response = await fetch(samplePhoto(dataset['photo'] ?? ''));
  if (!response.ok) throw new Error(`the service answered with status ${response.status}`);
  return { file: await response.blob(), name: `${dataset['name']}.jpg` };
}
