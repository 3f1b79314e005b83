import type { ModelView } from '../../models/contract/api/models.ts';
import { find } from '../dom.ts';
import { modelPicture } from '../model-pictures.ts';

/** A group of radio buttons, one for each model. Fires `change` when the visitor picks one. */
export class ModelPicker extends HTMLElement {
  #shown: readonly ModelView[] = [];

  /** Name of the picked model. */
  get value(): string | undefined {
    return this.querySelector<HTMLInputElement>('input:checked')?.value;
  }

  show(models: readonly ModelView[], picked: string | undefined): void {
    if (models !== this.#shown) {
      this.#shown = models;
      const group = `model-of-${this.id}`;
      const options = models.map((model) => createOption(model, group));
      find(this, '.options', HTMLElement).replaceChildren(...options);
    }
    this.hidden = models.length === 0;
    for (const input of this.querySelectorAll('input')) input.checked = input.value === picked;
  }
}

function createOption(model: ModelView, group: string): HTMLLabelElement {
  const input = document.createElement('input');
  input.type = 'radio';
  input.name = group;
  input.value = model.name;
  input.className = 'visually-hidden';
  const title = document.createElement('span');
  title.textContent = model.title;
  const label = document.createElement('label');
  label.append(input, ...createPicture(model.name), title);
  return label;
}

/** Half before and half after; models of which the page has no picture have none. */
function createPicture(model: string): readonly HTMLImageElement[] {
  const url = modelPicture(model);
  if (!url) return [];
  const picture = document.createElement('img');
  picture.src = url;
  // The title says it.
  picture.alt = '';
  picture.width = 56;
  picture.height = 56;
  return [picture];
}
