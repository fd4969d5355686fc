/** One HTTP post of a notice. Never repeated here, and never redirected: its address is a secret. */
import type { ChannelAnswer } from '../activities/index.js';
import type { Finding } from '../contracts/tenant.js';
import { neverConnected } from '../graph/network-failures.js';
import { retryAfterMs } from '../graph/retry-after.js';

export interface Post {
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the receiver tells a repetition from another notice; without that an unknown outcome stays unknown. */
  readonly repeatable: boolean;
}

/** Statuses that pass by themselves: timeouts, too early, too many, and faults of the server. */
function passes(status: number): boolean {
  return [408, 425, 429].includes(status) || status >= 500;
}

export async function post({ url, headers, body, repeatable }: Post, signal: AbortSignal): Promise<ChannelAnswer> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
      redirect: 'manual',
      signal,
    });
    await response.body?.cancel();
    const { status, ok } = response;
    if (ok) return 'taken';
    const reason = `The receiver answered with status ${status}.`;
    if (!passes(status)) return { reason, againAfterMs: null };
    return { reason, againAfterMs: retryAfterMs(Object.fromEntries(response.headers)) ?? 0 };
  } catch (error) {
    const reason = signal.aborted
      ? 'The receiver did not answer in time.'
      : `The receiver was not reached: ${causeOf(error)}.`;
    if (repeatable || neverConnected(error)) return { reason, againAfterMs: 0 };
    return { reason: `${reason} The notice may have arrived, so it is not sent again.`, againAfterMs: null };
  }
}

/** The code of the network's error; its text may name the address. */
function causeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : 'the connection broke';
}

/** Whether notices can be posted there without others reading them. */
export function addressFinding(check: string, url: string): Finding {
  const { protocol, host } = new URL(url);
  return protocol === 'https:'
    ? { check, verdict: 'ok', text: `Notices are posted to ${host}.`, remedy: null }
    : {
        check,
        verdict: 'warning',
        text: `Notices are posted to ${host} without encryption.`,
        remedy: 'Use an https address, unless the receiver runs on the machine of the worker.',
      };
}
