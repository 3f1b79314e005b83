/** Does one task after the other. */
export class TaskQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Gives what the task gives, once those before it are done. */
  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#last.then(task);
    this.#last = result.catch(() => undefined);
    return result;
  }
}
