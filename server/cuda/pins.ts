import type { PROVIDER_LIBRARIES } from './libraries.ts';

export type ProviderLibrary = (typeof PROVIDER_LIBRARIES)[number];

/** A build of ONNX Runtime's CUDA libraries whose hashes are known. */
export interface ProviderBuild {
  /** Major version of CUDA. */
  readonly cuda: number;
  /** Version of ONNX Runtime: the libraries of another do not fit. */
  readonly runtime: string;
  readonly sha256: Readonly<Record<ProviderLibrary, string>>;
}

/** The wheel that a build is downloaded in, by pip, which checks its hash. */
export const WHEEL = {
  cuda: 13,
  project: 'onnxruntime-gpu',
  runtime: '1.30.0',
  platform: 'manylinux_2_28_x86_64',
  python: '3.12',
  abi: 'cp312',
  sha256: '6acc0f4b3d5ac5f2984432faa59dd8fcce6775f8b43a7140afa0f322c7a703b1',
} as const;

/**
 * Builds that are installed without a word. The one for CUDA 12 that the runtime's own script
 * downloads is not among them: who installs it says which hash to trust.
 */
export const KNOWN_BUILDS: readonly ProviderBuild[] = [
  {
    cuda: WHEEL.cuda,
    runtime: WHEEL.runtime,
    sha256: {
      'libonnxruntime_providers_cuda.so':
        '35da2e7ed0dd0d1aec5cdb16ce11a51d06c0c48cf62d1b1c9332946a4fae14fc',
      'libonnxruntime_providers_shared.so':
        '086ec1d5388f64153d9c63470d126693db9a182c8ce236d3a1119068471b8a0d',
    },
  },
];
