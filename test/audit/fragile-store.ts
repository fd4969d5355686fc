import type { AuditStore } from '../../src/activities/index.js';

/** A store that can be unplugged. */
export class FragileStore implements AuditStore {
  isUp = true;
  /** Calls that found it down. */
  refused = 0;
  readonly #store: AuditStore;

  constructor(store: AuditStore) {
    this.#store = store;
  }

  append: AuditStore['append'] = (...given) => this.#reached(() => this.#store.append(...given));
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
