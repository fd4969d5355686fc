import type { SessionStore } from '@fastify/session';
import { LRUCache } from 'lru-cache';
import type { Session } from 'fastify';

/** More people are not signed in at a time; whoever was away longest signs in again. */
const SESSIONS_MAX = 50_000;

/**
 * Sessions in the memory of this process, for as long as nobody uses them for the idle time. Whoever signed out stays signed
 * out: a request that was under way meanwhile cannot bring the session back.
 */
export class BoundedSessionStore implements SessionStore {
  readonly #sessions: LRUCache<string, { readonly json: string | null }>;

  /** @param idleMs a session that is not used for so long is gone. */
  constructor(idleMs: number) {
    this.#sessions = new LRUCache({ max: SESSIONS_MAX, ttl: idleMs });
  }

  set(sessionId: string, session: Session, done: (error?: unknown) => void): void {
    if (this.#sessions.get(sessionId)?.json !== null) this.#sessions.set(sessionId, { json: JSON.stringify(session) });
    done();
  }

  get(sessionId: string, done: (error: unknown, session?: Session | null) => void): void {
    const json = this.#sessions.get(sessionId)?.json ?? null;
    done(null, json === null ? null : (JSON.parse(json) as Session));
  }

  destroy(sessionId: string, done: (error?: unknown) => void): void {
    this.#sessions.set(sessionId, { json: null });
    done();
  }
}
