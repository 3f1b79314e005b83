import { type BackendName, chooseBackend } from '../../trainer/backend.ts';
import { isRequired } from './requirements.ts';

/** The tf.js backends that the trainer's tests run on: pure JavaScript, and TensorFlow where set up. */
export const backends: readonly BackendName[] = await findBackends();

async function findBackends(): Promise<BackendName[]> {
  const { name, description } = await chooseBackend();
  if (name === 'tensorflow') return ['cpu', 'tensorflow'];
  if (isRequired('native')) throw new Error(`native TensorFlow is required: ${description}`);
  console.log(`tests run on ${description}`);
  return ['cpu'];
}
