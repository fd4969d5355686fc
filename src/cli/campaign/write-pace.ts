import { LicenseflowError } from '../../client/licenseflow-error.js';
import type { WritePace } from '../../contracts/tenant.js';
import { number } from '../../report/charts.js';
import type { LicenseflowCalls } from '../invocation.js';

type Tenant = Pick<LicenseflowCalls['tenant'], 'writePace'>;

/** While somebody watches, the worker is asked this rarely: each question is work of its own. */
const ASK_AGAIN_MS = 15_000;

/** A campaign is worth showing also where no worker says how it uses the quota. */
export async function writePaceOrNull(tenant: Tenant): Promise<WritePace | null> {
  try {
    return await tenant.writePace();
  } catch (error) {
    if (error instanceof LicenseflowError) return null;
    throw error;
  }
}

/** The last answer, without ever waiting for the next one. */
export class WritePaceWatch {
  readonly #tenant: Tenant;
  #last: WritePace | null = null;
  #askedAt = -Infinity;

  constructor(tenant: Tenant) {
    this.#tenant = tenant;
  }

  now(): WritePace | null {
    if (performance.now() - this.#askedAt >= ASK_AGAIN_MS) {
      this.#askedAt = performance.now();
      void this.#ask();
    }
    return this.#last;
  }

  async #ask(): Promise<void> {
    this.#last = await writePaceOrNull(this.#tenant);
  }
}

/** @example `61% of the write quota used by the worker that answered (it may use 80%), 0 calls throttled in 5 minutes` */
export function writePaceText({ share, quotaUsed, throttledLately, pausedForMs }: WritePace): string {
  const calls = throttledLately === 1 ? 'call' : 'calls';
  const pause =
    pausedForMs === 0 ? '' : `; Graph asked for a pause of ${number(Math.ceil(pausedForMs / 1_000))} s more`;
  return `${part(quotaUsed)} of the write quota used by the worker that answered (it may use ${part(share)}), ${number(throttledLately)} ${calls} throttled in 5 minutes${pause}`;
}

function part(of: number): string {
  return `${String(Math.round(100 * of))}%`;
}
