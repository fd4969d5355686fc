/**
 * One of our own Node programs as a child process. What it must do for that:
 *
 * - print one line of JSON on stdout when it is ready, of the shape that its starter expects;
 * - end, in its own time but surely, when its stdin closes ({@link file://../worker/parent-gone.ts}).
 *
 * The closing of stdin is the only way in which a child is asked to end, so that an orderly stop and the death of the
 * parent take the same road. A child that does not take it in time is killed, with everything it started: each child
 * leads a process group of its own (except on Windows, which has none). The group also keeps a Ctrl-C in the terminal
 * away from the children: it reaches the parent alone, which ends them in the right order.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { z } from 'zod';
import { type ChildEnd, ChildFailure } from './child-end.js';
import { nodeArguments } from './own-program.js';
import { untilAborted } from './until-aborted.js';

export interface NodeChildSpec<Ready> {
  /** Stands before each line of its output. */
  readonly name: string;
  /** Absolute path; see {@link ownModule}. */
  readonly module: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** The shape of its ready line. */
  readonly ready: z.ZodType<Ready>;
  readonly readyWithinMs: number;
  /** How long it may take to end when asked; then it is killed. */
  readonly stopWithinMs: number;
}

/** Gets every line that a child writes. */
export type ChildLog = (name: string, line: string) => void;

const LAST_LINES = 20;
const OWN_GROUP = process.platform !== 'win32';

export class NodeChild<Ready> {
  readonly pid: number;
  /** Resolves once, with the end of the process, whoever caused it. */
  readonly ended: Promise<ChildEnd>;
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #lastLines: string[] = [];
  readonly #readyLine: Promise<Ready>;
  #askedToEnd = false;

  constructor(
    readonly spec: NodeChildSpec<Ready>,
    private readonly log: ChildLog,
  ) {
    const { module, args, env } = spec;
    this.#process = spawn(process.execPath, nodeArguments(module, args), {
      env,
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: OWN_GROUP,
      windowsHide: true,
    });
    if (this.#process.pid === undefined) throw new Error(`${spec.name} could not be started from ${process.execPath}.`);
    this.pid = this.#process.pid;
    // The pipe breaks when the child ends first; that end is reported by `ended`.
    this.#process.stdin.on('error', () => {});
    this.#readyLine = this.#forwardOutput();
    this.ended = this.#untilEnded();
  }

  /** Whether {@link stop} or {@link kill} was called. */
  get askedToEnd(): boolean {
    return this.#askedToEnd;
  }

  /**
   * What the ready line said.
   *
   * @throws ChildFailure when the child ends first or takes too long; the reason of `signal` when aborted. The child is
   * gone in each case.
   */
  async untilReady(signal: AbortSignal): Promise<Ready> {
    return await this.during(signal, (givenUp) => this.#readyInTime(givenUp));
  }

  /**
   * Does `work` that needs the child to live. `work` gets a signal that says when its result is no longer waited for.
   *
   * @throws ChildFailure when the child ends first; what `work` throws; the reason of `signal` when aborted. The child is
   * gone in each case.
   */
  async during<T>(signal: AbortSignal, work: (givenUp: AbortSignal) => Promise<T>): Promise<T> {
    const giveUp = new AbortController();
    try {
      return await Promise.race([
        work(giveUp.signal),
        this.ended.then((end) => Promise.reject(ChildFailure.ended(this.spec.name, end))),
        untilAborted(signal),
      ]);
    } catch (error) {
      giveUp.abort(error);
      await this.stop();
      throw error;
    }
  }

  /** Asks the child to end, and kills it when it does not. Resolves when it is gone. */
  async stop(): Promise<void> {
    this.#askedToEnd = true;
    this.#process.stdin.end();
    const patience = new AbortController();
    const { name, stopWithinMs } = this.spec;
    const tooLate = delay(stopWithinMs, 'too late', { signal: patience.signal }).catch(() => 'ended');
    if ((await Promise.race([this.ended, tooLate])) === 'too late') {
      this.log(name, `did not end within ${stopWithinMs / 1000} s and is killed`);
      this.kill();
    }
    patience.abort();
    await this.ended;
  }

  /** Ends the child and all that it started, now. */
  kill(): void {
    this.#askedToEnd = true;
    if (!OWN_GROUP) this.#process.kill('SIGKILL');
    else killGroup(this.pid);
  }

  async #untilEnded(): Promise<ChildEnd> {
    const closed = new Promise<void>((resolve) => this.#process.once('close', () => resolve()));
    const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve) =>
      this.#process.once('exit', (...end) => resolve(end)),
    );
    // What the child started and left behind must not outlive it, and would keep its pipes open.
    if (OWN_GROUP) killGroup(this.pid);
    await closed;
    return { code, signal, lastLines: this.#lastLines };
  }

  async #readyInTime(givenUp: AbortSignal): Promise<Ready> {
    const { name, readyWithinMs } = this.spec;
    const patience = new AbortController();
    const tooLate = delay(readyWithinMs, null, { signal: AbortSignal.any([givenUp, patience.signal]) }).then(() => {
      throw new ChildFailure(`${name} printed no ready line within ${readyWithinMs / 1000} s`, this.#lastLines);
    });
    try {
      return await Promise.race([this.#readyLine, tooLate]);
    } finally {
      patience.abort();
    }
  }

  /** Passes every line on, and resolves with the first on stdout that has the shape of the ready line. */
  async #forwardOutput(): Promise<Ready> {
    createInterface(this.#process.stderr).on('line', (line) => this.#forward(line));
    const lines = createInterface(this.#process.stdout);
    return await new Promise((resolve) => {
      let waiting = true;
      lines.on('line', (line) => {
        const ready = waiting ? this.#parseReady(line) : null;
        if (ready === null) return this.#forward(line);
        waiting = false;
        resolve(ready);
      });
    });
  }

  #parseReady(line: string): Ready | null {
    if (!line.startsWith('{')) return null;
    try {
      return this.spec.ready.safeParse(JSON.parse(line)).data ?? null;
    } catch {
      return null;
    }
  }

  #forward(line: string): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > LAST_LINES) this.#lastLines.shift();
    this.log(this.spec.name, line);
  }
}

function killGroup(leader: number): void {
  try {
    process.kill(-leader, 'SIGKILL');
  } catch (error) {
    // ESRCH: nobody is left. EPERM: macOS says so of a group in which only the dead are left.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ESRCH' && code !== 'EPERM') throw error;
  }
}
