/** What part of a photo is seen: how often it is enlarged, and where its corner lies. */
export interface ZoomView {
  /** 1 shows the whole photo. */
  readonly zoom: number;
  /** Of the photo's left top corner, in shares of the frame; 0 or less. */
  readonly x: number;
  readonly y: number;
}

export const WHOLE_PHOTO: ZoomView = { zoom: 1, x: 0, y: 0 };
export const MAX_ZOOM = 8;

/**
 * The view enlarged by a factor, with the same part of the photo at a place.
 *
 * @param x of that place, in shares of the frame
 */
export function zoomAt(view: ZoomView, factor: number, x: number, y: number): ZoomView {
  const zoom = Math.min(MAX_ZOOM, Math.max(1, view.zoom * factor));
  const growth = zoom / view.zoom;
  return keepInside({ zoom, x: x - (x - view.x) * growth, y: y - (y - view.y) * growth });
}

/** The view with the photo moved, in shares of the frame. */
export function panBy(view: ZoomView, x: number, y: number): ZoomView {
  return keepInside({ ...view, x: view.x + x, y: view.y + y });
}

/** The frame is always full. */
function keepInside({ zoom, x, y }: ZoomView): ZoomView {
  const least = 1 - zoom;
  return { zoom, x: Math.min(0, Math.max(least, x)), y: Math.min(0, Math.max(least, y)) };
}
