import { HttpService, ServiceError } from './api.ts';
import { DeviceError } from './device/device-error.ts';
import { DeviceMaker } from './device/device-maker.ts';
import { find } from './dom.ts';
import { CompareSlider } from './elements/compare-slider.ts';
import { ModelPicker } from './elements/model-picker.ts';
import { watchPhotoIntake } from './elements/photo-intake.ts';
import { downloadName } from './file-name.ts';
import { MakeoverStore } from './makeover-store.ts';
import type { Place } from './maker.ts';
import { PageView } from './page-view.ts';
import { STATUS_TEXTS } from './texts.ts';

customElements.define('compare-slider', CompareSlider);
customElements.define('model-picker', ModelPicker);

const view = new PageView();
const store: MakeoverStore = new MakeoverStore({
  service: new HttpService(document.baseURI),
  device: new DeviceMaker({
    base: document.baseURI,
    onProgress: (progress) => store.setDownload(progress),
  }),
  canShow,
  onChange: (state) => view.render(state),
});

watchPhotoIntake(document, (file, name) => void store.open(file, name));
for (const picker of document.querySelectorAll('model-picker')) {
  picker.addEventListener('change', () => {
    if (picker instanceof ModelPicker && picker.value) void store.pick(picker.value);
  });
}
for (const input of document.querySelectorAll<HTMLInputElement>('.place input')) {
  input.addEventListener('change', () => void store.move(input.value as Place));
}
const strength = find(document, '#strength', HTMLInputElement);
strength.addEventListener('input', () => store.setStrength(strength.valueAsNumber));
onClick('#retry', () => void store.retry());
onClick('#another', () => store.close());
onClick('#download', (button) => void download(button));
void store.connect();

function onClick(selector: string, action: (button: HTMLButtonElement) => void): void {
  const button = find(document, selector, HTMLButtonElement);
  button.addEventListener('click', () => action(button));
}

/** Whether the browser can decode the picture at an object URL. */
async function canShow(url: string): Promise<boolean> {
  const picture = new Image();
  picture.src = url;
  return picture.decode().then(
    () => true,
    () => false,
  );
}

async function download(button: HTMLButtonElement): Promise<void> {
  const { photo, limits } = store.state;
  if (!photo) return;
  button.disabled = true;
  view.clearFailure();
  view.announce(STATUS_TEXTS.preparing);
  try {
    const image = await store.renderFile();
    if (!image) return;
    const name = downloadName(photo.name, image.type);
    save(image, name);
    view.announce(STATUS_TEXTS.downloaded(name));
  } catch (error) {
    const isKnown = error instanceof ServiceError || error instanceof DeviceError;
    const code = isKnown ? error.code : 'UNEXPECTED';
    view.announce('');
    view.showFailure({ code, detail: String(error) }, limits, false);
  } finally {
    button.disabled = false;
  }
}

function save(image: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(image);
  link.download = name;
  link.click();
  // The browser reads the blob after the click has returned.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
