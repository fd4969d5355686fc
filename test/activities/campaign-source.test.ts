import assert from 'node:assert/strict';
import { createCampaignSourceActivities } from '../../src/activities/campaign-source.js';
import type {
  Remainder,
  RemainderInput,
  SharedUsers,
  SharedUsersInput,
  StartedPages,
  StartPagesInput,
} from '../../src/contracts/campaign-reads.js';
import { pageDigest } from '../../src/contracts/campaign-page.js';
import { DEFAULT_CAMPAIGN_PACE } from '../../src/contracts/campaign.js';
import type { GraphGateway } from '../../src/graph/gateway.js';
import { GROUPS, PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { FAST_PACE } from '../support/pace.js';
import { Playground } from '../support/playground.js';
import { dependencies, PagesInMemory, run } from './campaign-support.js';

const WISHES = [{ add: [{ sku: 'ENTERPRISEPREMIUM', disabledPlans: [] }], remove: ['ENTERPRISEPACK'] }];
const HOLDERS = { kind: 'holders', sku: 'enterprisepack', except: [] } as const;

describe('sources of campaigns', () => {
  let playground: Playground;
  let graph: GraphGateway;
  let pages: PagesInMemory;
  beforeEach(async () => {
    playground = await Playground.open({ idle: true });
    graph = await playground.gateway();
    pages = new PagesInMemory();
  });

  const start = (source: StartPagesInput['source'], pageRows = 5): Promise<StartedPages> =>
    run(
      (input: StartPagesInput) =>
        createCampaignSourceActivities(dependencies(graph, { campaignPages: pages })).startCampaignPages(input),
      {
        ...{ campaignId: 'c', source, wishes: WISHES, pace: FAST_PACE },
        campaignPace: { ...DEFAULT_CAMPAIGN_PACE, pageRows },
      },
    );
  const remainder = (source: StartPagesInput['source']): Promise<Remainder> =>
    run(
      (input: RemainderInput) =>
        createCampaignSourceActivities(dependencies(graph, { campaignPages: pages })).findRemainder(input),
      { campaignId: 'c', source, pages: pages.started.length, pace: FAST_PACE },
    );
  const shared = (): Promise<SharedUsers> =>
    run(
      (input: SharedUsersInput) =>
        createCampaignSourceActivities(dependencies(graph, { campaignPages: pages })).findSharedUsers(input),
      { campaignId: 'c', pages: pages.started.map(({ page }) => page) },
    );
  const placed = () => pages.started.flatMap(({ rows }) => rows.map(({ user }) => user));
  const holders = () =>
    playground.tenant
      .users()
      .filter(({ licensePaths }) => licensePaths.some(({ skuId }) => skuId === SKU.ENTERPRISEPACK))
      .map(({ id }) => id)
      .sort();

  it('put every holder of a product into a page, directly or through a group, in the order of the ids', async () => {
    const { rows, digests } = await start(HOLDERS);
    assert.deepEqual(placed(), holders());
    assert.ok(placed().includes(PEOPLE.isaiah.id));
    assert.deepEqual(
      pages.started.map(({ page }) => page),
      rows.map((_, i) => i + 1),
    );
    assert.deepEqual(
      rows.slice(0, -1),
      rows.slice(0, -1).map(() => 5),
    );
    assert.deepEqual(
      digests,
      pages.started.map(({ rows, wishes }) => pageDigest(rows, wishes)),
    );
    assert.ok(pages.started.every(({ digest }, i) => digest === digests[i]));
  });

  it('leave those out who are excepted, by id or by name', async () => {
    const except = [PEOPLE.adele.id.toUpperCase(), ` ${PEOPLE.alex.userPrincipalName.toLowerCase()} `];
    await start({ ...HOLDERS, except });
    assert.deepEqual(
      placed(),
      holders().filter((id) => id !== PEOPLE.adele.id && id !== PEOPLE.alex.id),
    );
  });

  it('take the members of a group', async () => {
    const { rows } = await start({ kind: 'group', group: GROUPS.engineering.id, except: [PEOPLE.pia.id] });
    assert.deepEqual(rows, [5, 3]);
    const members = GROUPS.engineering.members.map((key) => PEOPLE[key].id).filter((id) => id !== PEOPLE.pia.id);
    assert.deepEqual(placed(), members.sort());
  });

  it('go on after an interruption: pages stay as they are, and newcomers go to new ones', async () => {
    pages.failsAfter = 2;
    await assert.rejects(start(HOLDERS), /cannot be reached/);
    const before = pages.started.map(({ rows }) => rows);
    // In the meantime somebody of a page leaves, and somebody joins.
    playground.tenant.changeLicenses(before[0]?.[0]?.user ?? '', { removeLicenses: [SKU.ENTERPRISEPACK] });
    const newcomer = playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [] }] }).id;
    pages.failsAfter = Infinity;
    const { rows, digests } = await start(HOLDERS);
    assert.deepEqual(
      pages.started.slice(0, 2).map(({ rows }) => rows),
      before,
    );
    assert.deepEqual(
      rows,
      pages.started.map(({ rows }) => rows.length),
    );
    assert.deepEqual(
      digests,
      pages.started.map(({ digest }) => digest),
    );
    assert.equal(new Set(placed()).size, placed().length);
    assert.ok(placed().includes(newcomer));
  });

  it('start nothing where nobody is in them, and say why where there is no such source', async () => {
    assert.deepEqual(await start({ ...HOLDERS, sku: 'AAD_PREMIUM_P2' }), { rows: [], digests: [] });
    await assert.rejects(start({ ...HOLDERS, sku: 'SPE_E9' }), { type: 'UNKNOWN_SKU', nonRetryable: true });
    for (const group of ['00000000-0000-4000-8000-000000000000', 'Engineering'])
      await assert.rejects(start({ kind: 'group', group, except: [] }), {
        type: 'GROUP_NOT_FOUND',
        nonRetryable: true,
        message: new RegExp(`no group with the object id "${group}"`),
      });
    assert.deepEqual(pages.started, []);
  });

  it('say who is in more than one page, and name only some of very many', async () => {
    const put = (page: number, users: readonly string[], firstLine: number) => {
      const rows = users.map((user, i) => ({ user, wish: 0, line: firstLine + i }));
      const sizes = { pace: FAST_PACE, campaignPace: DEFAULT_CAMPAIGN_PACE, carried: null };
      return pages.start({ campaignId: 'c', page, rows, wishes: WISHES, digest: pageDigest(rows, WISHES), ...sizes });
    };
    await put(1, ['one', 'two', 'two', 'three'], 2);
    await put(2, ['four', 'THREE'], 6);
    assert.deepEqual(await shared(), {
      users: [{ id: 'three', upn: 'THREE', pages: [1, 2], lines: [5, 7] }],
      more: 0,
    });
    const many = Array.from({ length: 30 }, (_, i) => `many-${String(i + 10)}`);
    await put(3, many, 10);
    await put(4, ['three', ...many], 50);
    const { users, more } = await shared();
    assert.deepEqual([users.length, more, users[0]?.id], [25, 6, 'many-10']);
    pages.usersOf = () => Promise.reject(new Error('No answer.'));
    await assert.rejects(shared(), { type: 'TRANSIENT', nonRetryable: false });
  });

  it('tell who joined since', async () => {
    await start(HOLDERS);
    assert.deepEqual(await remainder(HOLDERS), { users: [], more: 0 });
    const [one, other] = [1, 2].map(() =>
      playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [] }] }),
    );
    const { users, more } = await remainder({ ...HOLDERS, except: [other?.userPrincipalName ?? ''] });
    assert.deepEqual(users, [{ id: one?.id, upn: one?.userPrincipalName, name: one?.displayName }]);
    assert.equal(more, 0);
  });
});
