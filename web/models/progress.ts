/** How far the files are that a device needs, all together. */
export interface DownloadProgress {
  readonly loadedBytes: number;
  readonly totalBytes: number;
  /** What goes over the wire, packed; undefined while an answer has not told it. */
  readonly transferBytes: number | undefined;
}
