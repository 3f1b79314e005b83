/** What a photo's header says about the picture. */
export interface PhotoSize {
  /** Pixels as they are stored: EXIF may tell to turn them. */
  readonly width: number;
  readonly height: number;
  /** More than one in an animation. */
  readonly frames: number;
}
