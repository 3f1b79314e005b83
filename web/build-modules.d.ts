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
