import type { FaceSpot } from '../face-spot.ts';
import { faceLabel } from '../texts.ts';

/** Shares of a face's height: the detector's box ends at the brows and the chin. */
const ROOM_ABOVE = 0.22;
const ROOM_BELOW = 0.06;

/**
 * An outline around each face of the photo, each a button that takes the face in or leaves it out.
 * Fires `toggle-face` with the face's id as its detail.
 */
export class FaceOutlines extends HTMLElement {
  #shown: readonly FaceSpot[] = [];

  show(faces: readonly FaceSpot[], leftOut: readonly number[]): void {
    if (faces !== this.#shown) {
      this.#shown = faces;
      this.replaceChildren(...faces.map((face) => this.#createOutline(face)));
    }
    this.hidden = faces.length === 0;
    const buttons = [...this.querySelectorAll('button')];
    for (const [i, button] of buttons.entries()) {
      const isChosen = !leftOut.includes(faces[i]?.id ?? 0);
      button.setAttribute('aria-pressed', String(isChosen));
    }
  }

  #createOutline(face: FaceSpot): HTMLButtonElement {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'face';
    button.setAttribute('aria-label', faceLabel(face.id, this.#shown.length));
    const top = face.y - ROOM_ABOVE * face.height;
    const height = face.height * (1 + ROOM_ABOVE + ROOM_BELOW);
    const place = { left: face.x, top, width: face.width, height };
    for (const [side, share] of Object.entries(place)) {
      button.style.setProperty(side, `${100 * share}%`);
    }
    button.addEventListener('click', () => {
      this.dispatchEvent(new CustomEvent('toggle-face', { detail: face.id }));
    });
    return button;
  }
}
