import { type Checkpoint, readBestValidation, saveBestCheckpoint } from './checkpoint.ts';
import type { ValidationLine } from './stats-file.ts';
import type { Trainee } from './trainee.ts';
import type { Validate } from './validation.ts';

/** Validation may take this share of the time that the steps take. */
const VALIDATION_SHARE = 0.02;

/** Keeps the checkpoint that validation finds best. */
export class BestCheckpoint {
  readonly #runFolder: string;
  readonly #validate: Validate;
  #validatedAtMs: number;
  #validationMs = 0;

  /** @param trainedMs where the run stands */
  constructor(runFolder: string, validate: Validate, trainedMs: number) {
    this.#runFolder = runFolder;
    this.#validate = validate;
    this.#validatedAtMs = trainedMs;
  }

  /**
   * Validates the networks that a checkpoint was just made of, unless that would take too much of the
   * time; returns what was found.
   */
  async consider(trainee: Trainee, checkpoint: Checkpoint): Promise<ValidationLine | undefined> {
    const { step, trainedMs } = checkpoint.state;
    // A run that diverged was set back in time.
    this.#validatedAtMs = Math.min(this.#validatedAtMs, trainedMs);
    if (trainedMs - this.#validatedAtMs <= this.#validationMs / VALIDATION_SHARE) return undefined;
    const startedAt = performance.now();
    const validation = this.#validate(trainee);
    this.#validationMs = performance.now() - startedAt;
    this.#validatedAtMs = trainedMs;
    const best = await readBestValidation(this.#runFolder);
    const isBest = best?.by !== validation.by || validation.score > best.score;
    if (isBest) await saveBestCheckpoint(this.#runFolder, checkpoint, validation);
    return { step, validation, isBest };
  }
}
