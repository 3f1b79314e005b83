import { CodedError } from '../failure.ts';

/** Why a photo could not be made over on the device. */
export class DeviceError extends CodedError {
  override readonly name = 'DeviceError';
}
