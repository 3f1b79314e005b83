/** A version of a model that the service has. */
export interface ModelAddress {
  readonly name: string;
  readonly version: number;
}
