import type { Registry } from 'prom-client';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { ObservedCall } from '../graph/observed-call.js';
import type { PaceSnapshot } from '../graph/pacing.js';

const HTTP_TOO_MANY_REQUESTS = 429;
const SECOND_MS = 1_000;

/** What this process itself does: its calls to Microsoft Graph, and the pace of its writes. */
export class CallMetrics {
  readonly #calls: Counter<'operation' | 'status'>;
  readonly #duration: Histogram<'operation'>;
  readonly #failures: Counter<'operation' | 'code'>;
  readonly #throttled: Counter;
  readonly #pauses: Counter;

  constructor(registry: Registry, pace: () => PaceSnapshot) {
    const registers = [registry];
    this.#calls = new Counter({
      name: 'licenseflow_graph_calls_total',
      help: 'Calls to Microsoft Graph by operation and HTTP status; "none" where no answer came.',
      labelNames: ['operation', 'status'],
      registers,
    });
    this.#duration = new Histogram({
      name: 'licenseflow_graph_call_duration_seconds',
      help: 'How long calls to Microsoft Graph took, sign-in included.',
      labelNames: ['operation'],
      buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
      registers,
    });
    this.#failures = new Counter({
      name: 'licenseflow_graph_failures_total',
      help: 'Calls to Microsoft Graph that failed, by the code that the failure has here.',
      labelNames: ['operation', 'code'],
      registers,
    });
    this.#throttled = new Counter({
      name: 'licenseflow_graph_throttled_total',
      help: 'Answers of Microsoft Graph with status 429, also those within a batch.',
      registers,
    });
    this.#pauses = new Counter({
      name: 'licenseflow_graph_retry_after_total',
      help: 'Answers of Microsoft Graph that asked to wait (Retry-After).',
      registers,
    });
    for (const { name, help, of } of PACE) {
      // Bound to the registry; read anew at each scrape.
      new Gauge({ name, help, registers, collect() { this.set(of(pace())); } }); // prettier-ignore
    }
  }

  /** Made to be an `observe` hook of the gateway. */
  readonly observe = ({ operation, status, durationMs, failure }: ObservedCall): void => {
    this.#calls.inc({ operation, status: status ?? 'none' });
    this.#duration.observe({ operation }, durationMs / SECOND_MS);
    if (failure === null) return;
    this.#failures.inc({ operation, code: failure.code });
    if (status === HTTP_TOO_MANY_REQUESTS || failure.status === HTTP_TOO_MANY_REQUESTS) this.#throttled.inc();
    if (failure.retryAfterMs !== undefined) this.#pauses.inc();
  };
}

const PACE: readonly { readonly name: string; readonly help: string; readonly of: (pace: PaceSnapshot) => number }[] = [
  {
    name: 'licenseflow_writes_in_flight',
    help: 'Licence writes that this process has under way.',
    of: ({ inFlight }) => inFlight,
  },
  {
    name: 'licenseflow_writes_in_flight_limit',
    help: 'Licence writes that this process lets go at the same time now; it falls when the tenant takes fewer.',
    of: ({ inFlightLimit }) => inFlightLimit,
  },
  {
    name: 'licenseflow_writes_rate_limit_per_second',
    help: 'Licence writes a second that this process may start now.',
    of: ({ ratePerSecond }) => ratePerSecond,
  },
  {
    name: 'licenseflow_writes_paused_seconds',
    help: 'Seconds until the pause that Microsoft Graph asked for is over; 0 where there is none.',
    of: ({ pausedForMs }) => pausedForMs / SECOND_MS,
  },
];
