/** What activities of campaigns need, over a simulated tenant of the test's own. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import type { ActivityDependencies, CampaignPages } from '../../src/activities/index.js';
import type { CampaignRow } from '../../src/contracts/campaign-page.js';
import { readServiceFamilies } from '../../src/activities/service-families.js';
import type { Policy } from '../../src/domain/policy.js';
import { BulkReads } from '../../src/graph/bulk-reads.js';
import { WritePacer } from '../../src/graph/pacing.js';
import type { GraphGateway } from '../../src/graph/gateway.js';
import { policyOf } from '../support/policy.js';

const nowhere = () => Promise.reject(new Error('There are no workflows here.'));

export function dependencies(graph: GraphGateway, more: Partial<ActivityDependencies> = {}): ActivityDependencies {
  return {
    graph,
    bulkReads: new BulkReads({ patienceMs: 500 }),
    pacer: new WritePacer(),
    policy: () => Promise.resolve(policyOf()),
    productNames: { nameOf: () => null, planNameOf: () => null },
    serviceFamilies: readServiceFamilies(),
    channels: [],
    audit: null,
    tenantId: nowhere,
    seatPools: { tell: nowhere, ended: nowhere },
    campaignPages: { digestOf: nowhere, usersOf: nowhere, start: nowhere },
    ...more,
  };
}

export const given = (policy: Partial<Policy>) => () => Promise.resolve(policyOf(policy));

/** Runs an activity as a worker would. */
export function run<I, O>(activity: (input: I) => Promise<O>, input: I): Promise<O> {
  const environment = new MockActivityEnvironment({ heartbeatTimeoutMs: 300 }, { logger: new DefaultLogger('ERROR') });
  return environment.run<[I], O, (input: I) => Promise<O>>(activity, input);
}

/** Nobody has planned these pages: a person's id is what the source says. */
const userOf = ({ user, line }: CampaignRow) => ({ id: user.toLowerCase(), upn: user, line: line ?? null });

/** Pages that are kept in memory, in the order in which they were started. */
export class PagesInMemory implements CampaignPages {
  readonly started: Parameters<CampaignPages['start']>[0][] = [];
  /** Starts that succeed before one fails. */
  failsAfter = Infinity;

  digestOf(_: string, page: number) {
    return Promise.resolve(this.#page(page)?.digest ?? null);
  }

  usersOf(_: string, page: number) {
    return Promise.resolve((this.#page(page)?.rows ?? []).map(userOf));
  }

  start(input: Parameters<CampaignPages['start']>[0]) {
    if (this.started.length >= this.failsAfter) return Promise.reject(new Error('Temporal cannot be reached.'));
    this.started.push(input);
    return Promise.resolve();
  }

  #page(page: number) {
    return this.started.find((input) => input.page === page);
  }
}
