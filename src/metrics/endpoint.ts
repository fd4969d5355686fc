/** The address that Prometheus scrapes: our own metrics and those of the Temporal SDK in one answer. */
import Fastify from 'fastify';
import type { Registry } from 'prom-client';

export interface MetricsEndpoint {
  /** Where it listens. */
  readonly address: string;
  close(): Promise<void>;
}

export interface ListenOptions {
  readonly host: string;
  readonly port: number;
  readonly registry: Registry;
  /** The exporter of the SDK, on this machine; `null` for none. */
  readonly sdkUrl: string | null;
}

const SDK_ANSWERS_WITHIN_MS = 5_000;

/** @throws Error that names the address where it cannot be listened on. */
export async function listenForScrapes({ host, port, registry, sdkUrl }: ListenOptions): Promise<MetricsEndpoint> {
  const server = Fastify({ forceCloseConnections: true });
  server.get('/metrics', async (_request, reply) => {
    const [ours, sdk] = await Promise.all([registry.metrics(), sdkUrl === null ? '' : sdkMetrics(sdkUrl)]);
    return reply.type(registry.contentType).send(`${ours}${sdk}`);
  });
  try {
    const address = await server.listen({ host, port });
    return { address, close: () => server.close() };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `Metrics cannot be served at ${host}:${String(port)}: ${reason}. Free the port, or set metrics.listen to another one.`,
      { cause: error },
    );
  }
}

/** Without the SDK's part a scrape is still worth having. */
async function sdkMetrics(url: string): Promise<string> {
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(SDK_ANSWERS_WITHIN_MS) });
    return answer.ok ? await answer.text() : '';
  } catch {
    return '';
  }
}
