import { NOMINAL_SIZE } from '../onnx/network.ts';
import type { BorderTensor, ConvertedNetwork } from './convert-network.ts';

/** For people: what a converted file takes, gives and costs. */
export function describeConversion(
  name: string,
  { model, inputs, outputs, sizeMultiples, parameters, flop }: ConvertedNetwork,
): string {
  const free = Object.entries(sizeMultiples);
  const size = free.length === 0 ? '' : ` at ${NOMINAL_SIZE}x${NOMINAL_SIZE}`;
  return [
    `${name}: ${(model.length / 1e6).toFixed(2)} MB, ${parameters} parameters, ${(flop / 1e9).toFixed(3)} GFLOP${size}`,
    ...inputs.map((tensor) => `  takes ${describeTensor(tensor)}`),
    ...outputs.map((tensor) => `  gives ${describeTensor(tensor)}`),
    ...(free.length === 0 ? [] : [`  sizes: ${free.map(describeMultiple).join(', ')}`]),
  ].join('\n');
}

function describeTensor({ name, type, dims }: BorderTensor): string {
  return `${name}: ${type} [${dims.join(', ')}]`;
}

function describeMultiple([symbol, multiple]: [string, number]): string {
  return multiple === 1 ? `${symbol} is free` : `${symbol} is a multiple of ${multiple}`;
}
