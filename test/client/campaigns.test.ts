import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { CampaignUser, Campaigns, CommandOptions, NewCampaign } from '../../src/client/index.js';
import { campaignCsv, createLicenseflow, FAILED_STATES, readCampaignCsv } from '../../src/client/index.js';
import type { CampaignOptions, CampaignView, CampaignWish } from '../../src/contracts/campaign.js';
import { DEFAULT_CAMPAIGN_OPTIONS, PAGES_MAX } from '../../src/contracts/campaign.js';
import type { CampaignState } from '../../src/domain/campaign.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { FAST_CAMPAIGN_PACE, SWAP } from '../support/campaign-page.js';
import { actor, Playground } from '../support/playground.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';

const OPERATOR = actor(PEOPLE.megan.userPrincipalName);
const OPTIONS: CampaignOptions = {
  ...DEFAULT_CAMPAIGN_OPTIONS,
  promote: 'by-itself',
  budget: { perWave: { count: null, percent: null }, total: { count: null, percent: null } },
};

describe('campaigns of the client library', function () {
  this.timeout(180_000);
  let playground: Playground;
  let campaigns: Campaigns;
  before(async () => {
    playground = await Playground.open({ answerWithinMs: 30_000 });
    playground.tenant.setFreeSeats(SKU.ENTERPRISEPREMIUM, 500);
    campaigns = playground.licenseflow.campaigns;
  });
  after(() => playground.close());

  const hire = (count: number) =>
    Array.from({ length: count }, () =>
      playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [] }] }),
    );
  const fileOf = (csv: string, wish: CampaignWish = SWAP) =>
    readCampaignCsv(Readable.from([csv]), { name: 'users.csv', wish });
  async function campaignOf(csv: string, options: Partial<NewCampaign> = {}): Promise<NewCampaign> {
    return {
      ...{ campaignId: `t-${randomUUID()}`, title: 'A test', source: await fileOf(csv), options: OPTIONS },
      campaignPace: { ...FAST_CAMPAIGN_PACE, pageRows: 3, intakeMs: 300_000, startWithinMs: 300_000 },
      ...options,
    };
  }
  const csvOf = (people: readonly Pick<UserRecord, 'userPrincipalName'>[]) =>
    ['user', ...people.map(({ userPrincipalName }) => userPrincipalName)].join('\n');
  const untilState = (campaignId: string, ...states: readonly CampaignState[]): Promise<CampaignView> =>
    until(
      `campaign ${campaignId} to be ${states.join(' or ')}`,
      () => campaigns.view(campaignId),
      ({ state }) => states.includes(state),
      60_000,
    );
  async function planned(csv: string, options: Partial<NewCampaign> = {}): Promise<CampaignView> {
    const campaign = await campaignOf(csv, options);
    await campaigns.plan(campaign, OPERATOR);
    return untilState(campaign.campaignId, 'planned', 'refused');
  }
  async function finished(csv: string): Promise<CampaignView> {
    const { campaignId, plan } = await planned(csv);
    await campaigns.start(campaignId, { actor: OPERATOR, plan: plan?.digest ?? '' });
    return untilState(campaignId, 'finished');
  }
  async function all(users: AsyncIterable<CampaignUser>): Promise<readonly CampaignUser[]> {
    const found: CampaignUser[] = [];
    for await (const user of users) found.push(user);
    return found;
  }

  describe('plan', () => {
    it('starts the pages of a file, says how far it is, and joins when it is given again', async () => {
      const people = hire(7);
      const campaign = await campaignOf(csvOf(people));
      const progress: number[] = [];
      await campaigns.plan(campaign, OPERATOR, ({ started, pages }) => {
        assert.equal(pages, 3);
        progress.push(started);
      });
      assert.deepEqual(progress, [1, 2, 3]);
      const view = await untilState(campaign.campaignId, 'planned');
      assert.deepEqual(view.source, { kind: 'file', name: 'users.csv', rows: 7, merged: 0 });
      assert.equal(view.plan?.ready, 7);
      assert.equal(view.plannedBy.ref, PEOPLE.megan.userPrincipalName);
      const again = await campaigns.plan({ ...campaign, title: 'Another title' }, OPERATOR);
      assert.deepEqual([again.state, again.title, again.pages.sealed], ['planned', 'A test', 3]);
      assert.equal(playground.writes().length, 0);
    });

    it('goes on with a campaign whose start was cut off', async () => {
      const campaign = await campaignOf(csvOf(hire(7)));
      const cut = new Error('cut off');
      await assert.rejects(
        campaigns.plan(campaign, OPERATOR, () => {
          throw cut;
        }),
        cut,
      );
      assert.equal((await campaigns.view(campaign.campaignId)).state, 'intake');
      await campaigns.plan(campaign, OPERATOR);
      assert.equal((await untilState(campaign.campaignId, 'planned')).plan?.users, 7);
    });

    it('refuses other people, other wishes and other options under the same id', async () => {
      const [first, second] = hire(2) as [UserRecord, UserRecord];
      const campaign = await campaignOf(csvOf([first]));
      await campaigns.plan(campaign, OPERATOR);
      const others: Partial<NewCampaign>[] = [
        { source: await fileOf(csvOf([second])) },
        { source: await fileOf(csvOf([first]), { ...SWAP, remove: [SKU.EMS] }) },
        { options: { ...OPTIONS, soakMs: 1 } },
        { source: { kind: 'holders', sku: 'ENTERPRISEPACK', except: [], wish: SWAP } },
      ];
      for (const other of others)
        await assert.rejects(campaigns.plan({ ...campaign, ...other }, OPERATOR), {
          kind: 'conflict',
          code: 'CAMPAIGN_DIFFERS',
        });
      assert.equal((await untilState(campaign.campaignId, 'planned')).plan?.users, 1);
    });

    const bad: [what: string, options: Partial<NewCampaign>, code: string][] = [
      ['a malformed id', { campaignId: 'a b' }, 'MALFORMED_ID'],
      ['waves that do not add up', { options: { ...OPTIONS, waves: { canary: true, sizes: [{ percent: 60 }] } } }, 'BAD_OPTIONS'],
      ['waves by a column that is not there', { options: { ...OPTIONS, waves: { canary: true, sizes: 'column' } } }, 'BAD_OPTIONS'],
      ['a rate above the quota', { options: { ...OPTIONS, perSecond: 50 } }, 'BAD_OPTIONS'],
    ]; // prettier-ignore
    it('refuses more users than one campaign takes, from a file or from the directory', async () => {
      const small = { ...FAST_CAMPAIGN_PACE, pageRows: 1 };
      const csv = csvOf(
        Array.from({ length: PAGES_MAX + 1 }, (_, i) => ({ userPrincipalName: `u${String(i)}@contoso.com` })),
      );
      const file = await campaignOf(csv, { campaignPace: small });
      await assert.rejects(campaigns.plan(file, OPERATOR), /at most 400 users, and these are 401\. Split them/);
      const crowded = await Playground.open({ tenant: { users: 700 } });
      try {
        const source = { kind: 'holders', sku: 'ENTERPRISEPACK', except: [], wish: SWAP } as const;
        const directory = await campaignOf('user\nx@contoso.com', { source, campaignPace: small });
        await crowded.licenseflow.campaigns.plan(directory, OPERATOR);
        const { timeline } = await untilState(directory.campaignId, 'refused');
        assert.match(timeline.at(-1)?.text ?? '', /One campaign takes at most 400 users/);
      } finally {
        await crowded.close();
      }
    });

    for (const [what, options, code] of bad)
      it(`refuses ${what}, and starts nothing`, async () => {
        const campaign = await campaignOf('user\na@contoso.com\n', options);
        await assert.rejects(campaigns.plan(campaign, OPERATOR), { kind: 'invalid', code });
        await assert.rejects(campaigns.view(campaign.campaignId), { kind: 'not-found' });
      });

    it('refuses somebody whom the directory does not know', async () => {
      const campaign = await campaignOf('user\na@contoso.com\n');
      await assert.rejects(campaigns.plan(campaign, actor('ghost@contoso.com')), { kind: 'not-found' });
      await assert.rejects(campaigns.view(campaign.campaignId), { code: 'NO_SUCH_CAMPAIGN' });
    });

    it('lets a worker find the users of a directory source', async () => {
      const { userPrincipalName } = PEOPLE.adele;
      const source = { kind: 'holders', sku: 'ENTERPRISEPACK', except: [userPrincipalName], wish: SWAP } as const;
      const { campaignId, plan } = await planned('user\nx@contoso.com', { source });
      const users = await all(campaigns.users(campaignId));
      assert.equal(users.length, plan?.users);
      assert.ok(users.length > 3 && users.every(({ user }) => user !== userPrincipalName));
      const [joined] = hire(1) as [UserRecord];
      const { users: remainder, more } = await campaigns.remainder(campaignId);
      assert.deepEqual(
        remainder.map(({ id }) => id),
        [joined.id],
      );
      assert.equal(more, 0);
    });
  });

  describe('looking', () => {
    it('shows signatures, users in the order of the file, and the next wave', async () => {
      const [first, second, third] = hire(3) as [UserRecord, UserRecord, UserRecord];
      const csv = `user,note\n${first.userPrincipalName},boss\nnobody@contoso.com,\n${second.id},\n${third.userPrincipalName},\n`;
      const { campaignId } = await planned(csv);
      const signatures = await campaigns.signatures(campaignId);
      assert.deepEqual(
        signatures.map(({ outcome, users }) => [outcome, users]),
        [
          ['ready', 3],
          ['blocked', 1],
        ],
      );
      assert.ok(signatures[0]?.services !== null);
      const users = await all(campaigns.users(campaignId));
      assert.deepEqual(
        users.map(({ id, state, code, line, note, page }) => [id, state, code, line, note, page]),
        [
          [first.id, 'ready', null, 2, 'boss', 1],
          [null, 'blocked', 'USER_NOT_FOUND', 3, null, 1],
          [second.id, 'ready', null, 4, null, 1],
          [third.id, 'ready', null, 5, null, 2],
        ],
      );
      assert.notEqual(users[1]?.remedy, null);
      assert.equal(await campaigns.nextWave(campaignId), 0);
      assert.deepEqual(
        (await all(campaigns.usersOfWave(campaignId, 0))).map(({ id }) => id),
        [first.id],
      );
      assert.deepEqual((await all(campaigns.users(campaignId, { pages: [2] }))).length, 1);
      await assert.rejects(campaigns.remainder(campaignId), { code: 'NO_DIRECTORY_SOURCE' });
    });

    it('lists open campaigns, all of them, and those in a state', async () => {
      const { campaignId } = await planned(csvOf(hire(1)));
      const listed = () => campaigns.list({ limit: 200 });
      const row = await until(
        'the list to follow',
        async () => (await listed()).find((found) => found.campaignId === campaignId),
        (found) => found?.state === 'planned',
      );
      assert.deepEqual([row?.title, row?.endedAt], ['A test', null]);
      await campaigns.cancel(campaignId, { actor: OPERATOR, reason: 'enough' });
      await until('the list to follow', listed, (rows) => !rows.some((found) => found.campaignId === campaignId));
      const over = await campaigns.list({ all: true, state: 'abandoned', limit: 200 });
      const ended = over.find((found) => found.campaignId === campaignId);
      assert.deepEqual([ended?.state, ended?.createdAt], ['abandoned', row?.createdAt]);
      assert.notEqual(ended?.endedAt, null);
      await assert.rejects(campaigns.pause(campaignId, { actor: OPERATOR }), {
        kind: 'refused',
        code: 'CAMPAIGN_ENDED',
      });
    });
  });

  describe('commands', () => {
    it('need the digest of the plan in force, and somebody known', async () => {
      const { campaignId, plan } = await planned(csvOf(hire(1)));
      const digest = plan?.digest ?? '';
      await assert.rejects(campaigns.start(campaignId, { actor: OPERATOR, plan: 'f'.repeat(64) }), {
        kind: 'conflict',
        code: 'OTHER_PLAN',
      });
      await assert.rejects(campaigns.start(campaignId, { actor: actor('ghost@contoso.com'), plan: digest }), {
        kind: 'not-found',
      });
      await assert.rejects(campaigns.promote(campaignId, { actor: OPERATOR }), {
        kind: 'refused',
        code: 'WRONG_STATE',
      });
      await assert.rejects(campaigns.tune(campaignId, { actor: OPERATOR, tuning: { perSecond: 0 } }), {
        kind: 'invalid',
      });
      assert.equal((await campaigns.view(campaignId)).state, 'planned');
    });

    it('count once, however often they are sent', async () => {
      const { campaignId, plan } = await planned(csvOf(hire(2)));
      const command: CommandOptions & { plan: string } = {
        ...{ actor: actor(PEOPLE.megan.id), reason: 'quarter end', commandId: 'start-1', plan: plan?.digest ?? '' },
      };
      const first = await campaigns.start(campaignId, command);
      const second = await campaigns.start(campaignId, command);
      assert.deepEqual(
        [first.commandId, first.by, first.reason],
        ['start-1', PEOPLE.megan.userPrincipalName, 'quarter end'],
      );
      assert.equal(second.at, first.at);
      await untilState(campaignId, 'finished');
    });

    it('are refused by a campaign that does not exist', async () => {
      await assert.rejects(campaigns.pause('no-such', { actor: OPERATOR }), {
        kind: 'not-found',
        code: 'NO_SUCH_CAMPAIGN',
      });
    });
  });

  describe('the end', () => {
    let people: readonly UserRecord[];
    let campaignId: string;
    before(async () => {
      people = hire(5);
      playground.breakWrites(people[1]?.id ?? '', { kind: 'graph-error', error: 'E13' });
      ({ campaignId } = await finished(csvOf(people)));
    });

    it('is where a watch ends', async () => {
      const states: CampaignState[] = [];
      for await (const { state } of campaigns.watch(campaignId, { everyMs: 20 })) states.push(state);
      assert.deepEqual(states, ['finished']);
    });

    it('shows each user before and after, with the request at Graph', async () => {
      const users = await all(campaigns.users(campaignId, { states: ['done'] }));
      assert.equal(users.length, 4);
      for (const { before, after, target, requestId, endedAt } of users) {
        assert.deepEqual(before?.[SKU.ENTERPRISEPACK], []);
        assert.deepEqual(after, target);
        assert.notEqual(requestId, null);
        assert.notEqual(endedAt, null);
      }
    });

    it('groups what failed', async () => {
      const [group, ...others] = await campaigns.errors(campaignId);
      assert.equal(others.length, 0);
      assert.deepEqual([group?.users, group?.states], [1, { failed: 1 }]);
      assert.equal(group?.examples[0]?.user, people[1]?.userPrincipalName);
      assert.notEqual(group?.remedy, '');
    });

    it('exports failures that are the list of another campaign', async () => {
      const view = await campaigns.view(campaignId);
      const lines: string[] = [];
      for await (const line of campaignCsv(campaigns.users(campaignId, { states: FAILED_STATES }), view))
        lines.push(line);
      assert.equal(lines.length, 2);
      const { rows, wishes } = await fileOf(lines.join(''), { add: [], remove: [] });
      assert.deepEqual(rows, [{ user: people[1]?.userPrincipalName, wish: 0, line: 2 }]);
      assert.deepEqual(wishes, [SWAP]);
    });

    it('can be previewed backwards, and taken back by name', async () => {
      const [first] = people as [UserRecord];
      const preview = await campaigns.previewRollback(campaignId, { kind: 'all' });
      assert.equal(preview.toRestore, 4);
      assert.deepEqual(
        preview.seats.map(({ skuId, needed }) => [skuId, needed]),
        [[SKU.ENTERPRISEPACK, 4]],
      );
      const users = [first.userPrincipalName.toUpperCase(), 'ghost@contoso.com', first.id];
      await assert.rejects(campaigns.rollBack(campaignId, { actor: OPERATOR, of: { kind: 'users', users } }), {
        kind: 'not-found',
        code: 'NOT_IN_CAMPAIGN',
        message: /does not have ghost@contoso\.com\.$/,
      });
      const of = { kind: 'users', users: [first.userPrincipalName.toUpperCase(), first.id] } as const;
      assert.equal((await campaigns.previewRollback(campaignId, of)).toRestore, 1);
      await campaigns.rollBack(campaignId, { actor: OPERATOR, reason: 'wrong person', of });
      let last: CampaignView | undefined;
      for await (const view of campaigns.watch(campaignId, { everyMs: 20 })) last = view;
      assert.equal(last?.users.restored, 1);
      assert.deepEqual(Object.keys(playground.held(first.id)), [SKU.ENTERPRISEPACK]);
    });
  });

  it('are watched while nobody answers for a time, until they are over', async () => {
    const own = await Playground.open({ answerWithinMs: 30_000 });
    try {
      const campaign = await campaignOf('user\nnobody@contoso.com\n');
      const { campaigns: patient } = own.licenseflow;
      const { client } = await testTemporal();
      const { campaigns: watched } = createLicenseflow({ client, taskQueue: own.taskQueue, answerWithinMs: 3_000 });
      await patient.plan(campaign, OPERATOR);
      const states: CampaignState[] = [];
      let silences = 0;
      for await (const { state } of watched.watch(campaign.campaignId, {
        everyMs: 10,
        onSilence: ({ kind }) => {
          assert.equal(kind, 'unanswered');
          if (++silences === 2) void own.startWorkers();
        },
      })) {
        states.push(state);
        if (state !== 'planned') continue;
        await patient.cancel(campaign.campaignId, { actor: OPERATOR });
        await own.stopWorkers();
      }
      assert.equal(states.at(-1), 'abandoned');
      assert.ok(silences >= 2);
    } finally {
      await own.close();
    }
  });

  it('are watched until somebody stops watching', async () => {
    const { campaignId } = await planned(csvOf(hire(1)));
    const stop = new AbortController();
    const states: CampaignState[] = [];
    for await (const { state } of campaigns.watch(campaignId, { everyMs: 10, signal: stop.signal })) {
      states.push(state);
      stop.abort();
    }
    assert.deepEqual(states, ['planned']);
  });
});
