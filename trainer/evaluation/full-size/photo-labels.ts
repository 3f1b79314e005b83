import { readdir } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

/** The target that each label of a folder of photos stands for, such as `woman` for `feminine`. */
export type PhotoLabels = ReadonlyMap<string, string>;

/** A photo whose label says which target its person belongs to already. */
export interface LabelledPhoto {
  readonly path: string;
  readonly target: string;
}

const PICTURE = /\.(jpe?g|png|webp|avif|tiff?)$/i;

/**
 * Parses `feminine=woman,masculine=man`; a target may have several labels.
 *
 * @throws Error for a part of another form, and for a label that stands for two targets
 */
export function parsePhotoLabels(text: string): PhotoLabels {
  const labels = new Map<string, string>();
  for (const part of text.split(',')) {
    const [target, label, ...rest] = part.split('=').map((word) => word.trim());
    if (!target || !label || rest.length > 0) {
      throw new Error(`"${part}" is no label: expected TARGET=LABEL, such as feminine=woman`);
    }
    if (labels.has(label)) {
      throw new Error(`label ${label} stands for ${labels.get(label)} and ${target}: name it once`);
    }
    labels.set(label, target);
  }
  return labels;
}

/** The label of a photo: its top folder's name, or its own up to the first `-`. */
export function labelOf(path: string): string {
  const [folder = '', ...names] = path.split(sep);
  return names.length > 0 ? folder : (folder.split('-')[0] ?? '');
}

/**
 * The labelled photos of a folder and its sub-folders, by path. A label that `labels` does not know
 * must be a target's own name; photos with other labels are left out.
 *
 * @throws Error when `labels` names a target that the model's training did not know, or when no
 * photo is left
 */
export async function listPhotos(
  directory: string,
  labels: PhotoLabels,
  targets: readonly string[],
): Promise<LabelledPhoto[]> {
  for (const target of labels.values()) {
    if (targets.includes(target)) continue;
    throw new Error(`photos are labelled for ${target}, but the targets are ${targets.join(', ')}`);
  }
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile() && PICTURE.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const found = paths.map((path) => labelOf(relative(directory, path)));
  const photos = paths.flatMap((path, i) => {
    const label = found[i] as string;
    const target = labels.get(label) ?? label;
    return targets.includes(target) ? [{ path, target }] : [];
  });
  if (photos.length > 0) return photos;
  const seen = [...new Set(found)].slice(0, 5).join(', ') || 'no pictures';
  throw new Error(
    `${directory} has no photo with a label of ${targets.join(', ')}, only ${seen}: name the labels, such as ${targets[0] ?? 'feminine'}=${found[0] ?? 'woman'}`,
  );
}
