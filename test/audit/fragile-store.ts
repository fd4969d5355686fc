import type { AuditStore } from '../../src/activities/index.js';
import type { AuditEvent } from '../../src/domain/audit.js';

/** A store that can be unplugged and held up. */
export class FragileStore implements AuditStore {
  isUp = true;
  /** Calls that found it down. */
  refused = 0;
  /** What goes on before events are kept. */
  whileAppending: ((events: readonly AuditEvent[]) => Promise<void>) | undefined;
  readonly #store: AuditStore;

  constructor(store: AuditStore) {
    this.#store = store;
  }

  append: AuditStore['append'] = async (tenant, events) => {
    await this.whileAppending?.(events);
    return this.#reached(() => this.#store.append(tenant, events));
  };
  head: AuditStore['head'] = (...given) => this.#reached(() => this.#store.head(...given));
  page: AuditStore['page'] = (...given) => this.#reached(() => this.#store.page(...given));
  verify: AuditStore['verify'] = (...given) => this.#reached(() => this.#store.verify(...given));
  close = () => this.#store.close();

  #reached<T>(call: () => Promise<T>): Promise<T> {
    if (this.isUp) return call();
    this.refused += 1;
    return Promise.reject(new Error('connect ECONNREFUSED 127.0.0.1:5432'));
  }
}
