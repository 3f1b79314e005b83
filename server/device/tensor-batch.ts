import type { Tensor, TensorMap } from '../../models/contract/tensor.ts';

/** Some rows of the feeds of one request. */
export interface Rows {
  readonly feeds: TensorMap;
  readonly start: number;
  readonly count: number;
}

/** Length of the first dim, which all feeds share. Throws an Error where they do not. */
export function countRows(feeds: TensorMap): number {
  const counts = new Set(Object.values(feeds).map(({ dims }) => dims[0] ?? 0));
  const [count = 0] = counts;
  if (counts.size !== 1 || count < 1) {
    throw new Error('feeds of a batch need the same first dim, 1 or more');
  }
  return count;
}

/** Requests can share a batch when all but the first dim of each feed are the same. */
export function shapeKey(feeds: TensorMap): string {
  return Object.entries(feeds)
    .map(([name, { type, dims }]) => `${name}:${type}[${dims.slice(1).join()}]`)
    .sort()
    .join();
}

/**
 * One batch of the rows of several requests with the same `shapeKey`.
 *
 * @param size rows of the batch; those beyond the requests' are zero
 */
export function joinRows(parts: readonly Rows[], size: number): TensorMap {
  const names = Object.keys(parts[0]?.feeds ?? {});
  return Object.fromEntries(names.map((name) => [name, joinTensor(name, parts, size)]));
}

function joinTensor(name: string, parts: readonly Rows[], size: number): Tensor {
  const first = requireTensor(parts[0]?.feeds, name);
  const rowLength = rowLengthOf(first);
  const dims = [size, ...first.dims.slice(1)];
  const copyInto = (data: Uint8Array | Float32Array): void => {
    let row = 0;
    for (const { feeds, start, count } of parts) {
      const source = requireTensor(feeds, name).data;
      data.set(source.subarray(start * rowLength, (start + count) * rowLength), row * rowLength);
      row += count;
    }
  };
  if (first.type === 'uint8') {
    const data = new Uint8Array(size * rowLength);
    copyInto(data);
    return { type: 'uint8', dims, data };
  }
  const data = new Float32Array(size * rowLength);
  copyInto(data);
  return { type: 'float32', dims, data };
}

/** Rows of a batch's outputs, as views of their data. */
export function sliceRows(outputs: TensorMap, start: number, count: number): TensorMap {
  return Object.fromEntries(
    Object.entries(outputs).map(([name, tensor]): [string, Tensor] => {
      const rowLength = rowLengthOf(tensor);
      const [from, to] = [start * rowLength, (start + count) * rowLength];
      const dims = [count, ...tensor.dims.slice(1)];
      if (tensor.type === 'uint8') {
        return [name, { type: 'uint8', dims, data: tensor.data.subarray(from, to) }];
      }
      return [name, { type: 'float32', dims, data: tensor.data.subarray(from, to) }];
    }),
  );
}

function rowLengthOf({ dims }: Tensor): number {
  return dims.slice(1).reduce((product, dim) => product * dim, 1);
}

function requireTensor(feeds: TensorMap | undefined, name: string): Tensor {
  const tensor = feeds?.[name];
  if (tensor === undefined) throw new Error(`a request of the batch lacks the feed ${name}`);
  return tensor;
}
