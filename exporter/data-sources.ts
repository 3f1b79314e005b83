import { basename } from 'node:path';
import type { DataSource } from '../models/contract/manifest.ts';
import type { DataLocation } from '../trainer/data/folder-pair.ts';

/** A training set with the licence that models trained on it may have. */
export interface TrainingData {
  readonly source: DataSource;
  readonly modelLicence: string;
  /** Sentences for the card: what a reader must know about labels and people. */
  readonly notes: readonly string[];
}

/** Data sets that the project knows the terms of, by the name of their folder. */
const KNOWN: ReadonlyMap<string, TrainingData> = new Map([
  [
    'fairface',
    {
      source: {
        name: 'FairFace',
        licence: 'CC BY 4.0',
        attribution:
          'FairFace by Kimmo Kärkkäinen and Jungseock Joo, WACV 2021, https://github.com/joojs/fairface',
      },
      modelLicence: 'CC-BY-4.0',
      notes: [
        'Male, Young and Age_20_49 are labels of the data set: guesses of annotators from a picture, not what the people say about themselves.',
        'Eyeglasses and every other attribute were predicted by a small classifier trained on CelebA pictures; where such attributes select faces, they decided which faces the model saw.',
        'Clear_Gender marks the 60 % of faces whose label a ridge regression on FairFace labels agrees with most clearly, chosen within each race group and gender.',
        'The people in the pictures were not asked. FairFace collected public photos under licences that allow reuse.',
      ],
    },
  ],
  [
    'celeba',
    {
      source: {
        name: 'CelebA',
        licence: 'non-commercial research only',
        attribution: 'CelebA by Liu, Luo, Wang and Tang, ICCV 2015',
      },
      modelLicence: 'LicenseRef-CelebA-non-commercial-research-only',
      notes: [
        'Trained on CelebA: the weights must not be shipped or used commercially.',
        'The people in the pictures, celebrities photographed in public, were not asked.',
      ],
    },
  ],
]);

/**
 * The terms of a run's training set.
 *
 * @param data where the data lay; a folder's last part names it, two folders have no known terms
 * @param given name, licence and attribution from the command line, for other data
 * @throws Error for data whose terms nobody has stated, or not all of them
 */
export function findTrainingData(data: DataLocation, given: Partial<DataSource>): TrainingData {
  const { name, licence, attribution } = given;
  if (name !== undefined && licence !== undefined && attribution !== undefined) {
    return { source: { name, licence, attribution }, modelLicence: licence, notes: [] };
  }
  const folders = typeof data === 'string' ? [data] : [data.source, data.target];
  const names = folders.map((folder) => basename(folder)).join('" and "');
  const known = KNOWN.get(names);
  const isGiven = Object.keys(given).length > 0;
  if (known !== undefined && !isGiven) return known;
  throw new Error(
    `the terms of the training data "${names}" are ${isGiven ? 'stated in part' : 'unknown'}: state them with --data-name, --data-licence and --data-attribution`,
  );
}
