import { readFile, open, rename, rm, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { z } from 'zod';
import { TenantOptions } from './tenant-options.js';
import { TenantSeed } from './tenant-seed.js';

const State = z.strictObject({
  version: z.literal(1),
  tenants: z.array(
    z.strictObject({
      /** How the tenant was made, for a reset. */
      recipe: z.strictObject({
        seed: z.enum(['contoso', 'empty']),
        id: z.guid(),
        displayName: z.string(),
        users: z.int().min(0),
        options: TenantOptions.partial(),
      }),
      content: TenantSeed,
    }),
  ),
});
/** What survives the end of a simulator: its tenants. Logs, timelines and faults do not. */
export type SimulatorState = z.infer<typeof State>;

/**
 * Loads a state file.
 *
 * @returns `undefined` where there is none.
 * @throws Error where the file is damaged: nothing of it is used then.
 */
export async function loadState(file: string): Promise<SimulatorState | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return State.parse(JSON.parse(text));
  } catch (error) {
    throw new Error(
      `The simulator's state file ${file} is incomplete or of another version, so nothing of it was loaded. Delete it to start from the seed.`,
      { cause: error },
    );
  }
}

/** Writes a state file so that a reader finds the old content or the new one, never a part. */
export async function saveState(file: string, state: SimulatorState): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}.draft`;
  const handle = await open(draft, 'w');
  try {
    await handle.writeFile(JSON.stringify(state));
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(draft, file).catch(async (error: unknown) => {
    await rm(draft, { force: true });
    throw error;
  });
}

/** Saves some time after a change, so that many changes become one save, and never two at once. */
export class StateSaver {
  private timer: NodeJS.Timeout | undefined;
  private saving: Promise<void> = Promise.resolve();
  private pauseMs: number;

  constructor(
    private readonly file: string,
    private readonly state: () => SimulatorState,
    private readonly options: { readonly delayMs: number; readonly failed: (error: unknown) => void },
  ) {
    this.pauseMs = options.delayMs;
  }

  changed(): void {
    this.timer ??= setTimeout(() => void this.save().catch(this.options.failed), this.pauseMs);
  }

  /** Saves now whatever has not been saved. */
  async flush(): Promise<void> {
    if (this.timer) await this.save();
    await this.saving;
  }

  private save(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.saving = this.saving
      .catch(() => undefined) // a failed save was reported when it failed; the next one stands for itself
      .then(async () => {
        const started = Date.now();
        await saveState(this.file, this.state());
        // A large tenant takes long to write; most of the time belongs to its callers.
        this.pauseMs = Math.max(this.options.delayMs, 10 * (Date.now() - started));
      });
    return this.saving;
  }
}
