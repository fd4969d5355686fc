import { CancellationScope } from '@temporalio/workflow';

/** Takes one step back. It says what came of it and never throws for a failure of the step itself. */
export type Compensation<R> = () => Promise<R>;

/**
 * Compensations in the order of their steps. Each is registered *before* its step runs, because a step that was cut off
 * may have happened; taking back starts with the last one and cannot itself be cancelled.
 */
export class Saga<R> {
  readonly #compensations: Compensation<R>[] = [];

  register(compensation: Compensation<R>): void {
    this.#compensations.push(compensation);
  }

  /** Runs all compensations, last one first, each exactly once. */
  async compensate(): Promise<R[]> {
    return CancellationScope.nonCancellable(async () => {
      const results: R[] = [];
      for (let next = this.#compensations.pop(); next !== undefined; next = this.#compensations.pop())
        results.push(await next());
      return results;
    });
  }
}
