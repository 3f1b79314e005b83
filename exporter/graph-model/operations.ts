import type { Operands, Operation } from './operands.ts';
import { ARITHMETIC_OPERATIONS } from './operations/arithmetic.ts';
import { FUNCTION_OPERATIONS } from './operations/functions.ts';
import { MAP_OPERATIONS } from './operations/maps.ts';
import { SHAPE_OPERATIONS } from './operations/shapes.ts';
import { SIZE_OPERATIONS } from './operations/sizes.ts';
import { WINDOW_OPERATIONS } from './operations/windows.ts';

/** Operations on tensors by the name that TensorFlow gives them. */
const TENSOR_OPERATIONS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ...WINDOW_OPERATIONS,
  ...ARITHMETIC_OPERATIONS,
  ...FUNCTION_OPERATIONS,
  ...MAP_OPERATIONS,
  ...SHAPE_OPERATIONS,
]);

/** Operations that only ever work on constants, which tf.js computes. */
const CONSTANT_OPERATIONS = ['Const', 'Fill', 'Range'] as const;

/** Every operation that can be converted. */
export const SUPPORTED_OPERATIONS: ReadonlySet<string> = new Set([
  ...CONSTANT_OPERATIONS,
  ...TENSOR_OPERATIONS.keys(),
  ...SIZE_OPERATIONS.keys(),
  'Placeholder',
]);

/**
 * How a node is converted.
 *
 * @throws InvalidModelError when its operation is supported for other inputs only
 */
export function findOperation(operands: Operands): Operation {
  const { op } = operands.node;
  const isOfTensors = operands.values.some(({ kind }) => kind === 'tensor');
  const operation = (isOfTensors ? TENSOR_OPERATIONS : SIZE_OPERATIONS).get(op);
  if (operation !== undefined) return operation;
  throw operands.error(
    isOfTensors
      ? 'computes with values of the input; supported are sizes and constants'
      : 'computes with sizes that the model leaves free, which is not supported',
  );
}
