/** Makes a namespace ready, and says what was done. Whatever is there already stays as it is. */
import { setTimeout as delay } from 'node:timers/promises';
import { LicenseflowError } from '../../client/licenseflow-error.js';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.js';
import { usageError } from '../error-report.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation, Session } from '../invocation.js';
import type { Attribute, TemporalServer } from '../temporal-server.js';

export interface SetupOptions {
  readonly createNamespace?: true;
  /** Milliseconds. */
  readonly retention?: number;
}

const RETENTION_MS = 90 * 24 * 60 * 60 * 1_000;
/** Frontends of a server learn of a new namespace or attribute from a cache that is refreshed about every ten seconds. */
const KNOWN_WITHIN_MS = 90_000;
const LOOK_EVERY_MS = 250;

export async function prepareNamespace(invocation: Invocation, options: SetupOptions): Promise<ExitCode> {
  const { createNamespace, retention } = options;
  if (retention !== undefined && createNamespace !== true)
    throw usageError('--retention is for a new namespace only.', 'Add --create-namespace, or leave it out.');
  const { server, place } = await invocation.session();
  const namespaceIs = await namespaceReady(server, place, options);
  const { registered, existing } = await attributesReady(server, place.namespace);
  const content = { namespace: place.namespace, namespaceIs, registered, existing };
  await invocation.out.result('Setup', content, () =>
    invocation.out.fields([
      ['Namespace', `${place.namespace} (${namespaceIs})`],
      ['Registered now', registered.join(', ')],
      ['There before', existing.join(', ')],
    ]),
  );
  invocation.out.next('licenseflow doctor');
  return EXIT.ok;
}

async function namespaceReady(
  server: TemporalServer,
  { namespace }: Session['place'],
  { createNamespace, retention }: SetupOptions,
): Promise<'created' | 'existed'> {
  if ((await server.namespace()) !== null) return 'existed';
  if (createNamespace !== true)
    throw new LicenseflowError(
      'not-found',
      'NO_NAMESPACE',
      `Temporal has no namespace ${namespace}.`,
      'Check the name, or create it: licenseflow setup --create-namespace',
    );
  const made = await server.createNamespace(retention ?? RETENTION_MS);
  await until(async () => (await server.namespace()) !== null, `namespace ${namespace}`);
  return made;
}

async function attributesReady(server: TemporalServer, namespace: string) {
  const before = await listed(server, namespace);
  const wrong = SEARCH_ATTRIBUTES.filter(({ name, type }) => (before.get(name) ?? type) !== type);
  if (wrong.length > 0) throw wrongTypes(wrong, before, namespace);
  const missing = SEARCH_ATTRIBUTES.filter(({ name }) => !before.has(name));
  if (missing.length > 0) await registered(server, missing);
  return {
    registered: missing.map(({ name }) => name),
    existing: SEARCH_ATTRIBUTES.filter(({ name }) => before.has(name)).map(({ name }) => name),
  };
}

/** A namespace that was made a moment ago is unknown to parts of the server for a while. */
async function listed(server: TemporalServer, namespace: string): Promise<ReadonlyMap<string, string>> {
  let last: ReadonlyMap<string, string> = new Map();
  await until(async () => {
    try {
      last = await server.searchAttributes();
      return true;
    } catch (error) {
      if (error instanceof LicenseflowError && error.code === 'NO_NAMESPACE') return false;
      throw error;
    }
  }, `namespace ${namespace}`);
  return last;
}

async function registered(server: TemporalServer, attributes: readonly Attribute[]): Promise<void> {
  await server.addSearchAttributes(attributes);
  await until(async () => {
    const known = await server.searchAttributes();
    return attributes.every(({ name }) => known.has(name));
  }, 'the new search attributes');
}

async function until(isKnown: () => Promise<boolean>, what: string): Promise<void> {
  const deadline = Date.now() + KNOWN_WITHIN_MS;
  while (!(await isKnown())) {
    if (Date.now() > deadline)
      throw new LicenseflowError(
        'unanswered',
        'NOT_KNOWN_YET',
        `The server does not show ${what} yet.`,
        'Run licenseflow setup once more; what is there already stays.',
      );
    await delay(LOOK_EVERY_MS);
  }
}

function wrongTypes(
  wrong: readonly Attribute[],
  registered: ReadonlyMap<string, string>,
  namespace: string,
): LicenseflowError {
  const which = wrong.map(({ name, type }) => `${name} is ${registered.get(name) ?? 'unknown'} and must be ${type}`);
  return new LicenseflowError(
    'conflict',
    'ATTRIBUTE_TYPE',
    `Namespace ${namespace} has search attributes of another type: ${which.join('; ')}.`,
    'Give licenseflow a namespace of its own, or remove these attributes there if nothing else uses them.',
  );
}
