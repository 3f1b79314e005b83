import type { Backend } from './protocol.ts';

/** More threads than this gain nothing at the size of a face. */
const MAX_THREADS = 4;
/** Some drivers never answer. */
const ADAPTER_TIMEOUT_MS = 2000;

/**
 * The backends that are worth trying here, the best first: WebGPU where a real adapter answers,
 * WebAssembly with threads where the page is isolated, WebAssembly with one thread.
 */
export async function listBackends(): Promise<Backend[]> {
  const threads = threadCount();
  return [
    ...((await hasGpuAdapter()) ? [{ provider: 'webgpu' } as const] : []),
    ...(threads > 1 ? [{ provider: 'wasm', threads } as const] : []),
    { provider: 'wasm', threads: 1 },
  ];
}

/** Threads share memory, which browsers allow in isolated pages only. */
function threadCount(): number {
  return crossOriginIsolated ? Math.min(MAX_THREADS, navigator.hardwareConcurrency) : 1;
}

/** The part of WebGPU that is asked here; TypeScript's DOM library does not know it. */
interface Gpu {
  requestAdapter(): Promise<{ readonly info?: { readonly isFallbackAdapter?: boolean } } | null>;
}

/** A fall-back adapter computes on the CPU, slower than WebAssembly does. */
async function hasGpuAdapter(): Promise<boolean> {
  const { gpu } = navigator as Navigator & { readonly gpu?: Gpu };
  if (!gpu) return false;
  const timeout = new Promise<null>((resolve) =>
    setTimeout(() => resolve(null), ADAPTER_TIMEOUT_MS),
  );
  const adapter = await Promise.race([gpu.requestAdapter().catch(() => null), timeout]);
  return adapter !== null && !adapter.info?.isFallbackAdapter;
}

/** Why this browser cannot make photos over at all; undefined when it can. */
export function whyNoDevice(): string | undefined {
  if (!isSecureContext) return 'the page was not loaded over HTTPS or from this machine';
  if (typeof WebAssembly === 'undefined') return 'the browser runs no WebAssembly';
  if (typeof OffscreenCanvas === 'undefined') return 'the browser cannot draw in the background';
  return undefined;
}
