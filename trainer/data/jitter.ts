import type { CropGeometry } from '../../models/contract/crop.ts';
import type { Random } from '../random.ts';
import type { ColorJitter } from './color-jitter.ts';
import type { CropStore } from './crop-file.ts';
import { copyCrop } from './crop-view.ts';

/** How a face may differ from its aligned picture, drawn anew each time it is shown. */
export interface Jitter {
  /** Largest shift in each direction, px of the crop. */
  readonly shift: number;
  /** Share of the faces that are also turned and scaled: photographs are never aligned perfectly. */
  readonly warped: number;
  /** Largest turn to either side, degrees. */
  readonly turn: number;
  /** Largest enlargement or reduction, as a share of the size. */
  readonly scale: number;
  /** Undefined for faces that keep their colours. */
  readonly color?: ColorJitter;
}

/** Where one face stands: whole px of shift, then a turn and a scale about the crop's centre. */
export interface Placement {
  readonly right: number;
  readonly down: number;
  readonly mirrored: boolean;
  /** Cosine and sine of the turn, times the scale; undefined for a face that is only shifted. */
  readonly warp: { readonly a: number; readonly b: number } | undefined;
}

/** Px of picture that a store must hold around its crops for a jitter. */
export function jitterMargin(jitter: Jitter, crop: CropGeometry): number {
  if (jitter.warped === 0) return jitter.shift;
  const sine = Math.sin((jitter.turn * Math.PI) / 180);
  const longer = Math.max(crop.width, crop.height) / 2;
  const shorter = Math.min(crop.width, crop.height) / 2;
  return jitter.shift + Math.ceil(sine * longer + jitter.scale * shorter);
}

/** Shift, turn and scale uniform within the jitter's limits, mirrored with probability one half. */
export function randomPlacement(jitter: Jitter, random: Random): Placement {
  const symmetric = (limit: number): number => (2 * random.uniform() - 1) * limit;
  const right = random.integer(-jitter.shift, jitter.shift);
  const down = random.integer(-jitter.shift, jitter.shift);
  const mirrored = random.uniform() < 0.5;
  if (random.uniform() >= jitter.warped) return { right, down, mirrored, warp: undefined };
  const turn = (symmetric(jitter.turn) * Math.PI) / 180;
  const scale = 1 + symmetric(jitter.scale);
  return {
    right,
    down,
    mirrored,
    warp: { a: scale * Math.cos(turn), b: scale * Math.sin(turn) },
  };
}

/**
 * Copies a face as it stands in its placement as uint8 RGB, [h, w, 3], to `out` from `offset` on.
 * Throws an Error when the store does not hold the face.
 */
export function copyJittered(
  store: CropStore,
  file: string,
  placement: Placement,
  out: Uint8Array,
  offset: number,
): void {
  const { right, down, mirrored, warp } = placement;
  if (warp === undefined) {
    const view = { left: store.margin + right, top: store.margin + down, mirrored };
    copyCrop(store, file, view, out, offset);
    return;
  }
  copyWarped(store, file, placement, warp, out, offset);
}

/** Bilinear: at most 5 % of reduction need no filter. Edges of the stored picture are repeated. */
function copyWarped(
  store: CropStore,
  file: string,
  { right, down, mirrored }: Placement,
  { a, b }: { readonly a: number; readonly b: number },
  out: Uint8Array,
  offset: number,
): void {
  const { crop, margin } = store;
  const face = store.read(file);
  const width = crop.width + 2 * margin;
  const height = crop.height + 2 * margin;
  const centreX = (crop.width - 1) / 2;
  const centreY = (crop.height - 1) / 2;
  let target = offset;
  for (let y = 0; y < crop.height; y++) {
    for (let i = 0; i < crop.width; i++) {
      const u = (mirrored ? crop.width - 1 - i : i) - centreX;
      const v = y - centreY;
      const x = clamp(a * u - b * v + centreX + margin + right, width - 1.001);
      const row = clamp(b * u + a * v + centreY + margin + down, height - 1.001);
      const left = Math.floor(x);
      const top = Math.floor(row);
      const fx = x - left;
      const fy = row - top;
      let from = (top * width + left) * 3;
      for (let c = 0; c < 3; c++, from++) {
        const upper = mix(face[from] as number, face[from + 3] as number, fx);
        const below = from + 3 * width;
        const lower = mix(face[below] as number, face[below + 3] as number, fx);
        out[target++] = Math.round(mix(upper, lower, fy));
      }
    }
  }
}

function clamp(value: number, high: number): number {
  return Math.min(high, Math.max(0, value));
}

function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share;
}
