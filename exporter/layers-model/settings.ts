import { integerFrom, listOf, oneOf, type Reader } from '../../models/contract/json-reader.ts';

/** Readers of settings that several layers have. */

/** Two whole numbers, of height and width. */
export const pair: Reader<readonly [number, number]> = (value, path) => {
  const [height, width, ...others] = listOf(integerFrom(1), 2)(value, path);
  if (height === undefined || width === undefined || others.length > 0) {
    throw new Error(`${path} is ${JSON.stringify(value)}, expected two numbers, height and width`);
  }
  return [height, width];
};

export const padding: Reader<'same' | 'valid'> = oneOf('same', 'valid');

/** The only layout that is supported, and the default: others transpose around every layer. */
export const channelsLast: Reader<'channelsLast'> = (value, path) => {
  if (value === undefined || value === null) return 'channelsLast';
  return oneOf('channelsLast')(value, path);
};
