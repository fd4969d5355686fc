/**
 * Everything that one command has started: child processes, and other things that must be undone. It ends as a whole, in
 * reverse order, whether it is asked to or one of its processes ends by itself.
 */
import { setMaxListeners } from 'node:events';
import { ChildFailure } from './child-end.js';
import { type ChildLog, NodeChild, type NodeChildSpec } from './node-child.js';

/** The reason of {@link ChildProcesses.signal} after an orderly {@link ChildProcesses.stop}. */
export class StopRequested extends Error {
  override readonly name = 'StopRequested';

  constructor() {
    super('Everything that was started is being ended.');
  }
}

export interface StartedChild<Prepared> {
  readonly child: NodeChild<unknown>;
  readonly prepared: Prepared;
}

/** Makes a child that has printed its ready line really ready; see {@link NodeChild.during}. */
export type Prepare<Ready, Prepared> = (ready: Ready, givenUp: AbortSignal) => Promise<Prepared>;

export class ChildProcesses {
  readonly #ending = new AbortController();
  readonly #children: NodeChild<unknown>[] = [];
  readonly #undo: (() => Promise<void>)[] = [];
  #stopped: Promise<void> | null = null;

  constructor(readonly log: ChildLog) {
    // Each of the parts listens for the end of the whole, however many they are.
    setMaxListeners(0, this.#ending.signal);
  }

  /** Aborted when the whole comes to its end, with the reason of {@link stop}, or the {@link ChildFailure} that caused it. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  /**
   * Starts a child, waits for its ready line, then for `prepare`. From then on its end is the end of the whole.
   *
   * @throws ChildFailure when it ends or takes too long until then, which ends nothing else; what `prepare` throws; the
   * reason of {@link signal}.
   */
  async start<Ready, Prepared>(
    spec: NodeChildSpec<Ready>,
    prepare: Prepare<Ready, Prepared>,
  ): Promise<StartedChild<Prepared>> {
    this.signal.throwIfAborted();
    const child = new NodeChild(spec, this.log);
    this.#children.push(child);
    this.defer(() => child.stop());
    const ready = await child.untilReady(this.signal);
    const prepared = await child.during(this.signal, (givenUp) => prepare(ready, givenUp));
    void child.ended.then((end) => {
      if (!child.askedToEnd) this.#ending.abort(ChildFailure.ended(spec.name, end));
    });
    return { child, prepared };
  }

  /** Registers what {@link stop} has to undo, before what was registered earlier. After a stop it is undone at once. */
  defer(undo: () => Promise<void>): void {
    this.#undo.push(undo);
    if (this.#stopped !== null) this.#stopped = this.#stopped.then(() => this.#undoAll());
  }

  /**
   * Ends and undoes everything, the last first. Never throws: what could not be undone is logged. Safe to repeat.
   *
   * @param reason why, for those who wait for {@link signal}
   */
  async stop(reason: unknown = new StopRequested()): Promise<void> {
    this.#ending.abort(reason);
    this.#stopped ??= this.#undoAll();
    await this.#stopped;
  }

  /** Kills every child now, for an operator who will not wait. {@link stop} still has to follow. */
  kill(): void {
    for (const child of this.#children) child.kill();
  }

  async #undoAll(): Promise<void> {
    for (let undo = this.#undo.pop(); undo !== undefined; undo = this.#undo.pop()) {
      await undo().catch((error: unknown) => this.log('stop', `could not be completed: ${String(error)}`));
    }
  }
}
