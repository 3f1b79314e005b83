import { summariseOnnx } from './onnx-file.ts';

/** The domain of ONNX's own operators has two spellings. */
const STANDARD_DOMAINS = ['', 'ai.onnx'];

/**
 * Refuses a model that needs more than its own file and ONNX's own operators of one opset.
 *
 * @param model the bytes of the `.onnx` file
 * @throws Error that names what is foreign
 */
export function requirePlainOnnx(model: Uint8Array, opset: number): void {
  const { irVersion, opsets, domains, externalTensors } = summariseOnnx(model);
  if (irVersion === 0 || Object.keys(opsets).length === 0) {
    throw new Error('the file is no ONNX model: it names no IR version or no operator set');
  }
  if (externalTensors.length > 0) {
    throw new Error(
      `the model keeps tensors in other files (${externalTensors.join(', ')}), which is refused: export it as one file`,
    );
  }
  const foreign = [...domains, ...Object.keys(opsets)].filter(
    (domain) => !STANDARD_DOMAINS.includes(domain),
  );
  if (foreign.length > 0) {
    throw new Error(
      `the model uses operators of ${foreign.join(', ')}, expected ONNX's own only: export it without custom operators`,
    );
  }
  const found = opsets[''] ?? opsets['ai.onnx'];
  if (found !== opset) {
    throw new Error(`the model is of opset ${found}, its manifest says ${opset}: export it anew`);
  }
}
