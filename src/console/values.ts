/** What a person typed or chose, of a query or of a posted form: texts by the names of their fields. */

/** Fields of the forms themselves, which nobody typed. */
const OWN_FIELDS = ['_csrf', 'form'];

/** Longer texts are no answers to any question that is asked here. */
const TEXT_MAX = 4_000;

/** A file as a form brought it. */
export interface Upload {
  readonly name: string;
  readonly bytes: Buffer;
}

export class Values {
  readonly #fields: ReadonlyMap<string, readonly string[]>;
  readonly upload: Upload | null;

  private constructor(fields: ReadonlyMap<string, readonly string[]>, upload: Upload | null) {
    this.#fields = fields;
    this.upload = upload;
  }

  /** Of several sources the first one that has a field says what it holds. */
  static of(...sources: readonly unknown[]): Values {
    const fields = new Map<string, readonly string[]>();
    let upload: Upload | null = null;
    for (const source of sources)
      for (const [name, value] of Object.entries((source ?? {}) as Record<string, unknown>)) {
        if (isUpload(value)) upload ??= value;
        else if (!fields.has(name)) fields.set(name, textsOf(value));
      }
    return new Values(fields, upload);
  }

  /** Trimmed; empty where the field is missing. */
  text(name: string): string {
    return (this.#fields.get(name)?.[0] ?? '').trim().slice(0, TEXT_MAX);
  }

  /** What is chosen of a list. */
  all(name: string): readonly string[] {
    return (this.#fields.get(name) ?? []).map((text) => text.trim()).filter((text) => text !== '');
  }

  has(name: string): boolean {
    return this.text(name) !== '';
  }

  /** Only what was typed, to be put into another form or an address. */
  typed(): readonly (readonly [name: string, text: string])[] {
    return [...this.#fields].flatMap(([name, texts]) =>
      OWN_FIELDS.includes(name) ? [] : texts.filter((text) => text !== '').map((text) => [name, text] as const),
    );
  }

  with(changes: Readonly<Record<string, string>>): Values {
    return Values.of(changes, Object.fromEntries(this.#fields), { upload: this.upload });
  }
}

function textsOf(value: unknown): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((text) => typeof text === 'string');
}

function isUpload(value: unknown): value is Upload {
  return typeof value === 'object' && value !== null && 'bytes' in value && Buffer.isBuffer(value.bytes);
}
