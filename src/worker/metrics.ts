/** What a worker tells Prometheus, where the configuration names an address for it. */
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Client } from '@temporalio/client';
import type { Logger } from 'pino';
import { Registry } from 'prom-client';
import { createLicenseflow } from '../client/index.js';
import type { Config } from '../config/config-schema.js';
import type { ObservedCall } from '../graph/observed-call.js';
import { CallMetrics } from '../metrics/call-metrics.js';
import { listenForScrapes, type MetricsEndpoint } from '../metrics/endpoint.js';
import { registerFigures } from '../metrics/figures.js';
import { counting } from '../metrics/visibility.js';
import type { SdkMetricsAddress } from './runtime.js';
import type { TenantAccess } from './tenant-access.js';

/** Twice the usual scrape interval. */
const REMEMBER_MS = 30_000;
/** A scrape has ten seconds by default; what a worker does not answer in time is left out of it. */
const ANSWER_WITHIN_MS = 5_000;

export class WorkerMetrics {
  readonly #registry = new Registry();
  #calls: CallMetrics | null = null;
  #endpoint: MetricsEndpoint | null = null;

  constructor(
    private readonly config: Pick<Config, 'metrics' | 'temporal'>,
    private readonly log: Logger,
  ) {}

  readonly observe = (call: ObservedCall): void => this.#calls?.observe(call);

  /** @throws Error where the configured address cannot be listened on. */
  async listen({ client, access, sdkUrl }: MetricsSources): Promise<void> {
    const { listen } = this.config.metrics;
    if (listen === null) return;
    const { taskQueue } = this.config.temporal;
    this.#calls = new CallMetrics(this.#registry, () => access.pacer.snapshot());
    registerFigures(this.#registry, {
      count: counting(client, taskQueue),
      licenseflow: createLicenseflow({ client, taskQueue, answerWithinMs: ANSWER_WITHIN_MS }),
      subscribedSkus: () => access.graph.subscribedSkus(),
      rememberMs: REMEMBER_MS,
      onError: (source, error) => this.log.warn({ source, error }, 'Figures for the metrics could not be read.'),
    });
    this.#endpoint = await listenForScrapes({ ...listen, registry: this.#registry, sdkUrl });
    this.log.info({ address: `${this.#endpoint.address}/metrics` }, 'Metrics are served.');
  }

  async close(): Promise<void> {
    await this.#endpoint?.close();
  }
}

export interface MetricsSources {
  readonly client: Client;
  readonly access: Pick<TenantAccess, 'graph' | 'pacer'>;
  readonly sdkUrl: string | null;
}

/** The SDK binds a port of this machine that nobody else needs to know: its metrics are part of ours. */
export async function sdkMetricsAddress(): Promise<SdkMetricsAddress> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return { bindAddress: `127.0.0.1:${String(port)}` };
}
