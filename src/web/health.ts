/** Whether this process lives, and whether it can be of use: Temporal answers, and a worker does. */
import type { FastifyInstance } from 'fastify';
import type { Licenseflow } from '../client/index.js';
import { LicenseflowError } from '../client/index.js';

export interface Readiness {
  readonly ready: boolean;
  readonly temporal: 'ok' | 'unreachable';
  readonly worker: 'ok' | 'no-answer' | 'unknown';
}

/** Whoever asks often gets the last answer. */
const FRESH_MS = 5_000;

/** `GET /healthz` and `GET /readyz`, for whoever runs the process; both say nothing that is worth hiding. */
export function healthRoutes(server: FastifyInstance, licenseflow: Pick<Licenseflow, 'tenant'>): void {
  const look = cached(() => readiness(licenseflow), FRESH_MS);
  server.get('/healthz', async (_request, reply) => reply.header('cache-control', 'no-store').send({ healthy: true }));
  server.get('/readyz', async (_request, reply) => {
    const answer = await look();
    return reply
      .code(answer.ready ? 200 : 503)
      .header('cache-control', 'no-store')
      .send(answer);
  });
}

/** A worker that answers proves all of it. */
export async function readiness({ tenant }: Pick<Licenseflow, 'tenant'>): Promise<Readiness> {
  try {
    await tenant.id();
    return { ready: true, temporal: 'ok', worker: 'ok' };
  } catch (error) {
    if (!(error instanceof LicenseflowError)) throw error;
    if (error.kind === 'unreachable') return { ready: false, temporal: 'unreachable', worker: 'unknown' };
    // It answered that it cannot reach the tenant, which is its own matter: requests are recorded all the same.
    if (error.kind === 'failed') return { ready: true, temporal: 'ok', worker: 'ok' };
    return { ready: false, temporal: 'ok', worker: 'no-answer' };
  }
}

function cached<T>(ask: () => Promise<T>, freshMs: number): () => Promise<T> {
  let known: { readonly at: number; readonly answer: Promise<T> } | null = null;
  return () => {
    if (known === null || Date.now() - known.at >= freshMs) known = { at: Date.now(), answer: ask() };
    return known.answer;
  };
}
