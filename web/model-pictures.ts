/** Composite portraits made over by the models that come with this software. */
const PICTURES: Readonly<Record<string, string>> = {
  feminine: new URL('./samples/models/feminine.webp', import.meta.url).href,
  masculine: new URL('./samples/models/masculine.webp', import.meta.url).href,
};

/** Address of a small picture of what a model makes; undefined for models that are not ours. */
export function modelPicture(model: string): string | undefined {
  return PICTURES[model];
}
