/** Worker processes of a benchmark, and what they take of the machine. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { KillableWorker, type KillableWorkerOptions } from '../../test/integration/killable-worker.js';

const run = promisify(execFile);
const SAMPLE_MS = 1_000;

/** Resident memory of one process over time, in bytes. */
export interface Memory {
  readonly atStart: number;
  readonly atEnd: number;
  readonly highest: number;
}

export class BenchWorkers {
  readonly #samples = new Map<number, number[]>();
  #timer: NodeJS.Timeout | undefined;

  private constructor(private readonly workers: readonly KillableWorker[]) {}

  static async start(count: number, options: KillableWorkerOptions): Promise<BenchWorkers> {
    const workers = Array.from({ length: count }, () => new KillableWorker(options));
    await Promise.all(workers.map((worker) => worker.start()));
    return new BenchWorkers(workers);
  }

  /** Looks at their memory from now on. */
  watchMemory(): void {
    this.#timer = setInterval(() => void this.#sample(), SAMPLE_MS);
  }

  /** Of each worker since {@link watchMemory}. */
  async memory(): Promise<readonly Memory[]> {
    clearInterval(this.#timer);
    await this.#sample();
    return [...this.#samples.values()].map((samples) => ({
      atStart: samples[0] ?? 0,
      atEnd: samples.at(-1) ?? 0,
      highest: Math.max(...samples),
    }));
  }

  /** @throws Error where one of them ended by itself: its figures would be those of two processes. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.workers.map((worker) => worker.stop()));
    const deaths = this.workers.flatMap((worker) => worker.deaths);
    if (deaths.length > 0) throw new Error(`Workers ended by themselves: ${deaths.join('; ')}`);
  }

  async #sample(): Promise<void> {
    for (const { pid } of this.workers) {
      if (pid === null) continue;
      const { stdout } = await run('ps', ['-o', 'rss=', '-p', String(pid)]).catch(() => ({ stdout: '' }));
      const bytes = Number(stdout.trim()) * 1_024;
      if (bytes > 0) this.#samples.set(pid, [...(this.#samples.get(pid) ?? []), bytes]);
    }
  }
}
