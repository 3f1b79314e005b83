import type { FailureCode } from '../texts.ts';

/** Why a photo could not be made over on the device. */
export class DeviceError extends Error {
  override readonly name = 'DeviceError';
  readonly code: FailureCode;

  constructor(code: FailureCode, detail: string) {
    super(detail);
    this.code = code;
  }
}
