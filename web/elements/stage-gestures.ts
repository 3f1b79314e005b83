import type { Point } from '../../models/contract/geometry.ts';

/** What fingers and mice do on the photo; places and distances in shares of its frame. */
export interface StageActions {
  /** One finger or the mouse moved to a place. */
  readonly drag: (to: Point, by: Point) => void;
  /** Two fingers, or the wheel. */
  readonly zoom: (factor: number, at: Point) => void;
}

/** A finger that moves less than this many px taps. */
const TAP_PX = 6;
/** Of the wheel's delta: a notch (100 px) zooms by a third. */
const WHEEL_RATE = 0.003;

/** Watches gestures on the photo. Taps are left to what lies under them. */
export function watchGestures(frame: HTMLElement, actions: StageActions): void {
  const pointers = new Map<number, Point>();
  let hasMoved = false;

  frame.addEventListener('pointerdown', (event) => {
    // The divider's own handle drags itself.
    if (event.button !== 0 || event.target instanceof HTMLInputElement) return;
    if (pointers.size === 0) hasMoved = false;
    pointers.set(event.pointerId, pointOf(event));
  });
  frame.addEventListener('pointermove', (event) => {
    const from = pointers.get(event.pointerId);
    if (!from) return;
    const to = pointOf(event);
    if (!hasMoved && distance(from, to) < TAP_PX) return;
    hasMoved = true;
    frame.setPointerCapture(event.pointerId);
    pointers.set(event.pointerId, to);
    const other = [...pointers].find(([id]) => id !== event.pointerId)?.[1];
    if (other) {
      const middle = { x: (to.x + other.x) / 2, y: (to.y + other.y) / 2 };
      actions.zoom(distance(to, other) / distance(from, other), shareOf(frame, middle));
      return;
    }
    const [share, before] = [shareOf(frame, to), shareOf(frame, from)];
    actions.drag(share, { x: share.x - before.x, y: share.y - before.y });
  });
  const end = ({ pointerId }: PointerEvent): void => {
    pointers.delete(pointerId);
  };
  frame.addEventListener('pointerup', end);
  frame.addEventListener('pointercancel', end);
  // A drag that ends on a face does not tap it.
  frame.addEventListener(
    'click',
    (event) => {
      if (hasMoved && event.detail > 0) event.stopPropagation();
    },
    { capture: true },
  );
  // Browsers send a touchpad's pinch as a wheel with Ctrl. The wheel alone scrolls the page.
  frame.addEventListener('wheel', (event) => {
    if (!event.ctrlKey) return;
    event.preventDefault();
    actions.zoom(Math.exp(-event.deltaY * WHEEL_RATE), shareOf(frame, pointOf(event)));
  });
}

function pointOf({ clientX, clientY }: MouseEvent): Point {
  return { x: clientX, y: clientY };
}

function distance(a: Point, b: Point): number {
  return Math.hypot(a.x - b.x, a.y - b.y);
}

function shareOf(frame: HTMLElement, { x, y }: Point): Point {
  const box = frame.getBoundingClientRect();
  return { x: (x - box.left) / box.width, y: (y - box.top) / box.height };
}
