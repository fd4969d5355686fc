/** A session whose answers are given: for tests of what the command line says, and with which exit code it ends. */
import type { Finding, SkuSeats } from '../../src/contracts/tenant.js';
import type { LicenseflowCalls, Session } from '../../src/cli/invocation.js';
import type { Attribute, TemporalServer } from '../../src/cli/temporal-server.js';

export interface FakeCalls {
  readonly requests?: Partial<LicenseflowCalls['requests']>;
  readonly batches?: Partial<LicenseflowCalls['batches']>;
  readonly campaigns?: Partial<LicenseflowCalls['campaigns']>;
  readonly tenant?: Partial<LicenseflowCalls['tenant']>;
  readonly seats?: Partial<LicenseflowCalls['seats']>;
  readonly audit?: Partial<LicenseflowCalls['audit']>;
  readonly list?: LicenseflowCalls['list'];
  readonly inbox?: LicenseflowCalls['inbox'];
  readonly who?: LicenseflowCalls['who'];
  readonly server?: Partial<TemporalServer>;
}

/** What is not given throws its own name, so that a command that calls too much is seen. */
export function fakeSession(given: FakeCalls): Session {
  return {
    encryptionKeys: null,
    place: { address: 'localhost:7233', namespace: 'default', taskQueue: 'licenseflow', source: 'the test' },
    licenseflow: {
      requests: strict('requests', given.requests ?? {}) as LicenseflowCalls['requests'],
      batches: strict('batches', given.batches ?? {}) as LicenseflowCalls['batches'],
      campaigns: strict('campaigns', given.campaigns ?? {}) as LicenseflowCalls['campaigns'],
      tenant: strict('tenant', given.tenant ?? {}) as LicenseflowCalls['tenant'],
      audit: strict('audit', given.audit ?? {}) as LicenseflowCalls['audit'],
      // Most tests are about a tenant in which nobody waits for a seat.
      seats: strict('seats', {
        pools: () => Promise.resolve([]),
        leasesOf: () => Promise.resolve([]),
        ...given.seats,
      }) as LicenseflowCalls['seats'],
      list: given.list ?? (() => Promise.reject(new Error('list is not expected'))),
      who: given.who ?? (() => Promise.reject(new Error('who is not expected'))),
      inbox: given.inbox ?? (() => Promise.reject(new Error('inbox is not expected'))),
    },
    server: strict('server', given.server ?? {}) as TemporalServer,
    close: () => Promise.resolve(),
  };
}

function strict(name: string, given: object): object {
  return new Proxy(given, {
    get(target, key) {
      if (key in target) return Reflect.get(target, key) as unknown;
      throw new Error(`${name}.${String(key)} is not expected`);
    },
  });
}

/** A server in memory that keeps what it is told. */
export function memoryServer(
  start: { readonly namespace?: boolean; readonly attributes?: Iterable<readonly [string, string]> } = {},
): TemporalServer & { readonly calls: string[] } {
  let retentionMs: number | null = start.namespace === false ? null : 30 * 86_400_000;
  const attributes = new Map(start.attributes ?? []);
  const calls: string[] = [];
  return {
    calls,
    version: () => Promise.resolve('1.32.0'),
    namespace: () => Promise.resolve(retentionMs === null ? null : { retentionMs }),
    createNamespace: (ms) => {
      calls.push('createNamespace');
      retentionMs = ms;
      return Promise.resolve('created');
    },
    searchAttributes: () => Promise.resolve(new Map(attributes)),
    addSearchAttributes: (added: readonly Attribute[]) => {
      calls.push('addSearchAttributes');
      for (const { name, type } of added) attributes.set(name, type);
      return Promise.resolve();
    },
    lastPoll: () => Promise.resolve(new Date()),
  };
}

export const OK_FINDING: Finding = { check: 'Sign-in', verdict: 'ok', text: 'Works.', remedy: null };

export const E3: SkuSeats = {
  skuId: '05e9a617-0261-4cee-bb44-138d3ef5d965',
  skuPartNumber: 'SPE_E3',
  name: 'Microsoft 365 E3',
  appliesTo: 'User',
  capabilityStatus: 'Enabled',
  enabled: 25,
  warning: 0,
  consumed: 2,
  suspended: 0,
  lockedOut: 0,
  free: 23,
  requestable: true,
  monthlyPrice: { amount: 36, currency: 'EUR' },
  servicePlans: [{ id: '57ff2da0-773e-42df-b2af-ffb7a2317929', name: 'TEAMS1', appliesTo: 'User' }],
};

export const STORAGE: SkuSeats = {
  ...E3,
  skuId: '99049c9c-6011-4908-bf17-15f496e6519d',
  ...{ skuPartNumber: 'SHAREPOINTSTORAGE', name: 'Extra storage', appliesTo: 'Company', requestable: false },
};
