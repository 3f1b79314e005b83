import { HttpService } from './api.ts';
import { DeviceMaker } from './device/device-maker.ts';
import { find } from './dom.ts';
import { downloadAll, downloadOne } from './downloads.ts';
import { CompareSlider } from './elements/compare-slider.ts';
import { FaceOutlines } from './elements/face-outlines.ts';
import { ModelPicker } from './elements/model-picker.ts';
import { watchPhotoIntake } from './elements/photo-intake.ts';
import { PhotoStrip } from './elements/photo-strip.ts';
import { failureOf } from './failure.ts';
import { lookAt } from './look.ts';
import { MakeoverStore } from './makeover-store.ts';
import type { Place } from './maker.ts';
import './offline.ts';
import { PageView } from './page-view.ts';
import { currentPhoto } from './state.ts';
import { STATUS_TEXTS } from './texts.ts';

customElements.define('compare-slider', CompareSlider);
customElements.define('face-outlines', FaceOutlines);
customElements.define('model-picker', ModelPicker);
customElements.define('photo-strip', PhotoStrip);

const view = new PageView();
const store: MakeoverStore = new MakeoverStore({
  service: new HttpService(document.baseURI),
  device: new DeviceMaker({
    base: document.baseURI,
    onProgress: (progress) => store.setDownload(progress),
  }),
  lookAt,
  onChange: (state) => view.render(state),
});

watchPhotoIntake(document, {
  onPhotos: (photos) => void store.add(photos),
  onMissingSample: (detail) =>
    view.showFailure({ code: 'SAMPLE_MISSING', detail }, store.state.limits, false),
});
for (const picker of document.querySelectorAll('model-picker')) {
  picker.addEventListener('change', () => {
    if (picker instanceof ModelPicker && picker.value) store.pick(picker.value);
  });
}
for (const input of document.querySelectorAll<HTMLInputElement>('.place input')) {
  input.addEventListener('change', () => store.move(input.value as Place));
}
const strength = find(document, '#strength', HTMLInputElement);
strength.addEventListener('input', () => store.setStrength(strength.valueAsNumber));
onId('face-outlines', 'toggle-face', (id) => store.toggleFace(id));
onId('photo-strip', 'select-photo', (id) => store.select(id));
find(document, 'compare-slider', CompareSlider).addEventListener('zoom', () => {
  void store.sharpen();
});
onClick('#retry', () => void store.retry());
onClick('#start-over', () => store.startOver());
onClick('#remove', () => store.remove(currentPhoto(store.state)?.id ?? 0));
onClick('#undo', undo);
onClick('#outlines', (button) => view.toggleOutlines(button));
onClick('#download', (button) => {
  const photo = currentPhoto(store.state);
  if (photo) void download(button, () => downloadOne(store, photo));
});
onClick('#download-all', (button) => {
  const done = store.state.photos.filter(({ result, work }) => result && work.phase === 'done');
  const tell = (at: number): void => view.announce(STATUS_TEXTS.preparingAll(at, done.length));
  void download(button, () => downloadAll(store, done, tell));
});
document.addEventListener('keydown', (event) => {
  const isUndo = event.key === 'z' && (event.ctrlKey || event.metaKey) && !event.shiftKey;
  if (!isUndo || !currentPhoto(store.state)) return;
  event.preventDefault();
  undo();
});
void store.connect();

function onClick(selector: string, action: (button: HTMLButtonElement) => void): void {
  const button = find(document, selector, HTMLButtonElement);
  button.addEventListener('click', () => action(button));
}

/** Listens to an element that tells an id. */
function onId(selector: string, event: string, action: (id: number) => void): void {
  const element = find(document, selector, HTMLElement);
  element.addEventListener(event, ({ detail }: CustomEventInit<number>) => {
    if (detail !== undefined) action(detail);
  });
}

function undo(): void {
  if (currentPhoto(store.state)?.past.length === 0) return;
  store.undo();
  view.speak(STATUS_TEXTS.undone(currentPhoto(store.state)?.edits.strength ?? 1));
}

/** @param save gives the visitor a file, and its name to us */
async function download(button: HTMLButtonElement, save: () => Promise<string>): Promise<void> {
  button.disabled = true;
  view.clearFailure();
  view.announce(STATUS_TEXTS.preparing);
  try {
    view.announce(STATUS_TEXTS.downloaded(await save()));
  } catch (error) {
    view.announce('');
    view.showFailure(failureOf(error), store.state.limits, false);
  } finally {
    button.disabled = false;
  }
}
