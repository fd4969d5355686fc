import { EncryptionKeyMissing } from './encryption-error.js';
import type { EncryptionKey, EncryptionKeys } from './key-text.js';

/** Where keys come from. Asked at the start, and again when a payload needs a key that is not known. */
export type KeySource = () => Promise<EncryptionKeys>;

export interface KeyRingOptions {
  /** Shortest time between two questions for missing keys: not every payload asks the source. @default 5 s */
  readonly askAgainMs?: number;
  /** Told each time that the source was asked for a key in vain. */
  readonly onMissing?: (error: EncryptionKeyMissing) => void;
}

/**
 * The keys of a process: the current one encrypts, all decrypt. Keys that were added to their source later, on the way
 * to another current key, are found without a restart.
 */
export class KeyRing {
  #keys: EncryptionKeys;
  #asking: Promise<void> | null = null;
  #askedAt = Number.NEGATIVE_INFINITY;

  private constructor(
    private readonly source: KeySource,
    keys: EncryptionKeys,
    private readonly options: KeyRingOptions,
  ) {
    this.#keys = keys;
  }

  /** @throws EncryptionKeysError where the source has no usable keys. */
  static async open(source: KeySource, options: KeyRingOptions = {}): Promise<KeyRing> {
    return new KeyRing(source, await source(), options);
  }

  get current(): EncryptionKey {
    return this.#keys[0];
  }

  /** Ids only: no secrets. */
  get ids(): readonly string[] {
    return this.#keys.map(({ id }) => id);
  }

  /** @throws EncryptionKeyMissing; EncryptionKeysError where the source cannot be read any more. */
  async key(id: string): Promise<EncryptionKey> {
    const known = this.#find(id);
    if (known !== undefined) return known;
    const asked = await this.#askAgain();
    const found = this.#find(id);
    if (found !== undefined) return found;
    const missing = new EncryptionKeyMissing(id, this.ids);
    if (asked) this.options.onMissing?.(missing);
    throw missing;
  }

  #find(id: string): EncryptionKey | undefined {
    return this.#keys.find((key) => key.id === id);
  }

  /** Whether this call is the one that asked. */
  async #askAgain(): Promise<boolean> {
    const { askAgainMs = 5_000 } = this.options;
    const first = this.#asking === null;
    if (first && Date.now() - this.#askedAt < askAgainMs) return false;
    this.#asking ??= this.#ask().finally(() => (this.#asking = null));
    await this.#asking;
    return first;
  }

  async #ask(): Promise<void> {
    this.#askedAt = Date.now();
    this.#keys = await this.source();
  }
}
