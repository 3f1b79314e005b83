import { main } from '../../trainer/native/main.ts';
import { isRequired } from './requirements.ts';

/** Runs once before all tests: sets native TensorFlow up where the tests must not do without. */
export async function setup(): Promise<void> {
  if (isRequired('native') && (await main([])) !== 0) {
    throw new Error('DM_TEST_REQUIRE names native, but native TensorFlow could not be set up');
  }
}
