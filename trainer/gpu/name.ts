import { execFileSync } from 'node:child_process';

const QUERY = ['--query-gpu=name,memory.total', '--format=csv,noheader'];
const QUERY_TIMEOUT_MS = 10_000;

/**
 * Name and memory of the GPU that TensorFlow computes on, e.g. "GPU NVIDIA L4, 23034 MiB": the first
 * that CUDA_VISIBLE_DEVICES leaves. Just "GPU" where the driver's own tool does not tell.
 */
export function gpuName(
  query: () => string = queryDriver,
  visible: string | undefined = process.env['CUDA_VISIBLE_DEVICES'],
): string {
  let lines: string[];
  try {
    lines = query().trim().split('\n');
  } catch {
    return 'GPU';
  }
  // Anything but a number names a device in a way that the list does not show.
  const index = Number(visible?.split(',')[0] || '0');
  const name = lines[index]?.trim();
  return name ? `GPU ${name}` : 'GPU';
}

function queryDriver(): string {
  return execFileSync('nvidia-smi', QUERY, {
    encoding: 'utf8',
    timeout: QUERY_TIMEOUT_MS,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
}
