/** Modules that the build makes: see vite.config.ts. */

declare module '*?url' {
  /** Address of the built file, relative to the page. */
  const url: string;
  export default url;
}

declare module 'virtual:runtime-facts' {
  interface FileFacts {
    readonly bytes: number;
    readonly sha256: string;
  }
  export const WASM: FileFacts;
  export const GPU_WASM: FileFacts;
}

declare module 'virtual:offline-files' {
  interface OfflineFile {
    /** Relative to the page's folder. */
    readonly path: string;
    readonly sha256: string;
    /** Whether it is fetched when the worker is installed, else when it is asked for. */
    readonly isEager: boolean;
  }
  /** Another one for each build that differs. */
  export const BUILD: string;
  export const FILES: readonly OfflineFile[];
}
