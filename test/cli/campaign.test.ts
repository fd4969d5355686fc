import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { readFileSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NewCampaign } from '../../src/client/index.js';
import type { WritePace } from '../../src/contracts/tenant.js';
import type { LicenseflowCalls } from '../../src/cli/invocation.js';
import { LicenseflowError } from '../../src/client/index.js';
import {
  command, each, E5_FACTS, GROUP, pausedCampaign, PLAN_DIGEST, plannedCampaign, sampleUser, SIGNATURES,
} from './sample-campaign.js'; // prettier-ignore

const { run } = await import('./run-cli.js');

type Calls = Partial<LicenseflowCalls['campaigns']>;

const MEGAN = ['--as', 'MeganB@contoso.com'];
const GUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}/;

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'licenseflow-campaign-'));
}

describe('licenseflow campaign plan', () => {
  const planning = (planned: NewCampaign[]): Calls => ({
    plan: (campaign, _by, onProgress) => {
      planned.push(campaign);
      onProgress?.({ started: 21, pages: 21 });
      return Promise.resolve(plannedCampaign({ state: 'planning' }));
    },
    watch: () => each([plannedCampaign({ state: 'planning' }), plannedCampaign()]),
    signatures: () => Promise.resolve(SIGNATURES),
  });
  const HOLDERS = ['campaign', 'plan', 'e3-to-e5', '--holders-of', 'SPE_E3', '--swap', 'SPE_E3:SPE_E5', ...MEGAN];

  it('passes on what was said, and waits for the plan', async () => {
    const planned: NewCampaign[] = [];
    const { code } = await run(
      [
        ...[...HOLDERS, '--wave-size', '100', '--wave-size', '10%', '--wave-size', 'rest', '--soak', '1h'],
        ...['--hours', '20:00-06:00', '--days', 'mon-wed,fri', '--time-zone', 'Europe/Berlin'],
        ...['--freeze', '2026-12-20..2027-01-03', '--budget-wave', '20,2%', '--budget-total', 'none', '--rate', '5'],
        ...['--promote', 'by-hand', '--no-canary', '--rollback-window', '30d', '--seat-wait', '2d', '--title', 'Q2'],
      ],
      { calls: { campaigns: planning(planned) } },
    );
    assert.equal(code, 0);
    assert.deepEqual(planned[0], {
      ...{ campaignId: 'e3-to-e5', title: 'Q2' },
      source: {
        ...{ kind: 'holders', sku: 'SPE_E3', except: [] },
        wish: { add: [{ sku: 'SPE_E5', disabledPlans: [], keepPlans: true }], remove: ['SPE_E3'] },
      },
      options: {
        waves: { canary: false, sizes: [{ count: 100 }, { percent: 10 }, 'rest'] },
        budget: { perWave: { count: 20, percent: 2 }, total: { count: null, percent: null } },
        ...{ soakMs: 3_600_000, promote: 'by-hand', perSecond: 5, concurrency: 40 },
        hours: {
          ...{ timeZone: 'Europe/Berlin', from: '20:00', to: '06:00', days: [1, 2, 3, 5] },
          freezes: [{ from: '2026-12-19T23:00:00.000Z', until: '2027-01-03T23:00:00.000Z' }],
        },
        ...{ seatWaitMs: 2 * 86_400_000, rollbackWindowMs: 30 * 86_400_000 },
      },
    });
  });

  it('shows the plan by name, never by id: rows, blocked with remedy, seats, renewals, groups, digest, next', async () => {
    const shown = { calls: { campaigns: planning([]) }, terminal: true, env: { NO_COLOR: '1' } };
    const { stdout, stderr } = await run(HOLDERS, shown);
    assert.match(stdout, /5,012: 4,800 ready .*12 already as wanted, 200 blocked/);
    assert.match(stdout, /canary: 2, 1: 100, 2: 480, 3: 4,218/);
    assert.match(stdout, /4,000 +Microsoft 365 E3 +Microsoft 365 E5 +more Exchange Online, Teams Phone/);
    assert.match(stdout, /800 +Microsoft 365 E3 without SWAY +Microsoft 365 E5 +SWAY +Teams Phone +GUEST/);
    assert.match(stdout, /200 +GROUP_ONLY +Microsoft 365 E3 through a group .*Move the people/);
    assert.match(stdout, /Microsoft 365 E5 +4,500 +4,800 +300 missing, from wave 3 on/);
    assert.match(stdout, /All Sales +by a rule +Microsoft 365 E3 +200/);
    assert.match(stderr, /Warning:.* 300 seats of Microsoft 365 E5 are missing/);
    assert.match(stderr, /campaign start e3-to-e5 --plan 5f1c09ab44d2 --as USER/);
    assert.doesNotMatch(stdout, GUID);
    const { stdout: verbose } = await run([...HOLDERS, '-v'], { calls: { campaigns: planning([]) }, terminal: true });
    assert.match(verbose, new RegExp(E5_FACTS.skuId));
  });

  it('tells a pipe what each record is about', async () => {
    const { stdout } = await run(HOLDERS, { calls: { campaigns: planning([]) } });
    for (const kind of ['ready', 'blocked', 'warning', 'seats', 'subscription', 'group'])
      assert.match(stdout, new RegExp(`^${kind}\t`, 'm'));
  });

  for (const [wrong, because] of [
    [[], /one of --from FILE, --holders-of SKU, --group ID/],
    [['--holders-of', 'SPE_E3', '--group', GROUP], /one of --from FILE/],
    [['--holders-of', 'SPE_E3'], /empty: name a product/],
    [['--holders-of', 'A', '--remove', 'A', '--hours', '18-20'], /--hours 18-20: write two times/],
    [['--holders-of', 'A', '--remove', 'A', '--days', 'mon-foo'], /--days mon-foo/],
    [['--holders-of', 'A', '--remove', 'A', '--freeze', '2026-02-02..2026-02-01'], /ends before it begins/],
    [['--holders-of', 'A', '--remove', 'A', '--rate', '500'], /20 writes a second at most/],
    [['--holders-of', 'A', '--remove', 'A', '--rate', '0'], /a number of users a second/],
    [['--holders-of', 'A', '--remove', 'A', '--budget-wave', 'lots'], /Give a share \(2%\)/],
    [['--holders-of', 'A', '--remove', 'A', '--waves-from-file'], /needs a file/],
    [['--holders-of', 'A', '--remove', 'A', '--wave-size', '60%', '--wave-size', '60%'], /./],
  ] as const)
    it(`refuses ${wrong.join(' ') || 'nothing at all'}, and sends nothing`, async () => {
      const { code, stderr } = await run(['campaign', 'plan', 'e3-to-e5', ...MEGAN, ...wrong], {});
      assert.equal(code, 2);
      assert.match(stderr, because);
    });

  it('detaches at Ctrl-C', async () => {
    const signals = new EventEmitter();
    const campaigns: Calls = {
      plan: () => {
        queueMicrotask(() => signals.emit('SIGINT'));
        return new Promise(() => {});
      },
    };
    const { code, stderr } = await run(HOLDERS, { calls: { campaigns }, signals });
    assert.equal(code, 130);
    assert.match(stderr, /nothing is written to the tenant/);
  });
});

describe('commands of a campaign', () => {
  it('start names the whole digest, and is confirmed', async () => {
    const started: unknown[] = [];
    const campaigns: Calls = {
      view: () => Promise.resolve(plannedCampaign()),
      start: (_id, { plan, actor }) => {
        started.push([plan, actor.ref]);
        return Promise.resolve(command({ kind: 'start', state: 'done', doneAt: '2026-03-02T09:00:01.000Z' }));
      },
    };
    const argv = ['campaign', 'start', 'e3-to-e5', '--plan', '5f1c09', ...MEGAN];
    assert.equal((await run(argv, { calls: { campaigns } })).code, 2);
    assert.equal((await run([...argv, '--confirm', 'other'], { calls: { campaigns } })).code, 2);
    const typed = await run(argv, { calls: { campaigns }, terminal: true, stdin: 'e3-to-e6\n' });
    assert.equal(typed.code, 2);
    assert.match(typed.stderr, /4,800 users in 4 waves/);
    assert.deepEqual(started, []);
    const { code, stdout } = await run([...argv, '--confirm', 'e3-to-e5'], { calls: { campaigns } });
    assert.equal(code, 0);
    assert.match(stdout, /start by MeganB@contoso.com, .*: requested -> draining -> done at/);
    await run(argv, { calls: { campaigns }, terminal: true, stdin: 'e3-to-e5\n' });
    assert.deepEqual(started, [
      [PLAN_DIGEST, 'MeganB@contoso.com'],
      [PLAN_DIGEST, 'MeganB@contoso.com'],
    ]);
  });

  it('start of another plan than the one in force ends with 6', async () => {
    const campaigns: Calls = { view: () => Promise.resolve(plannedCampaign()) };
    const argv = ['campaign', 'start', 'e3-to-e5', '--plan', 'ffffff', ...MEGAN, '--confirm', 'e3-to-e5'];
    const { code, stderr } = await run(argv, { calls: { campaigns } });
    assert.equal(code, 6);
    assert.match(stderr, /is 5f1c09ab44d2, and not ffffff/);
  });

  it('pause says how far it is, and with --wait is waited for', async () => {
    const draining = command();
    const done = command({ state: 'done', doneAt: '2026-03-02T09:00:04.000Z' });
    const ids: (string | undefined)[] = [];
    const campaigns: Calls = {
      pause: (_id, { commandId }) => {
        ids.push(commandId);
        return Promise.resolve(draining);
      },
      view: () => Promise.resolve(pausedCampaign({ state: 'pausing', commands: [draining] })),
      watch: () => each([pausedCampaign({ commands: [draining] }), pausedCampaign({ commands: [done] })]),
    };
    const argv = ['campaign', 'pause', 'e3-to-e5', ...MEGAN, '--id', 'c-1'];
    assert.match((await run(argv, { calls: { campaigns } })).stdout, /Command\tpause .*: requested -> draining\n/);
    const { code, stdout } = await run([...argv, '--wait'], { calls: { campaigns } });
    assert.equal(code, 0);
    assert.match(stdout, /requested -> draining -> done/);
    assert.deepEqual(ids, ['c-1', 'c-1']);
  });

  it('tune changes only what is named, and nothing beyond the quota', async () => {
    const tuned: unknown[] = [];
    const campaigns: Calls = {
      view: () => Promise.resolve(pausedCampaign()),
      tune: (_id, { tuning }) => {
        tuned.push(tuning);
        return Promise.resolve(command({ kind: 'tune', state: 'done' }));
      },
    };
    const tune = (...argv: string[]) =>
      run(['campaign', 'tune', 'e3-to-e5', ...MEGAN, ...argv], { calls: { campaigns } });
    await tune('--rate', 'none', '--budget-wave', '5%');
    assert.deepEqual(tuned, [
      { perSecond: null, budget: { perWave: { count: null, percent: 5 }, total: { count: null, percent: 1 } } },
    ]);
    assert.equal((await tune()).code, 2);
    assert.equal((await tune('--rate', '21')).code, 2);
    assert.equal(tuned.length, 1);
  });

  it('a rollback needs one scope, who and why, and shows what it would do first', async () => {
    const rolled: unknown[] = [];
    const preview = {
      ...{ campaignId: 'e3-to-e5', toRestore: 300, nothingToDo: 4_700, unreadable: [], vanishedPlans: [] },
      drifted: [{ id: '1', upn: 'AdeleV@contoso.com' }],
      seats: [{ skuId: 's', name: 'Microsoft 365 E3', needed: 300, free: 10 }],
    };
    const campaigns: Calls = {
      view: () => Promise.resolve(pausedCampaign()),
      previewRollback: () => Promise.resolve(preview),
      rollBack: (_id, { of, reason }) => {
        rolled.push([of, reason]);
        return Promise.resolve(command({ kind: 'roll-back', about: 'wave 2' }));
      },
    };
    const rollback = (argv: string[], stdin?: string) =>
      run(['campaign', 'rollback', 'e3-to-e5', ...argv], {
        calls: { campaigns },
        ...(stdin !== undefined && { stdin, terminal: true }),
      });
    const dry = await rollback(['--wave', '2', '--dry-run']);
    assert.match(
      dry.stdout,
      /put 300 users back[^]*take 300 seats of Microsoft 365 E3; 10 are free[^]*AdeleV@contoso.com/,
    );
    assert.match(dry.stderr, /rollback e3-to-e5 --wave 2 --as USER/);
    const why = [...MEGAN, '--reason', 'Phones'];
    for (const wrong of [['--all', '--wave', '2', ...why], why, ['--all'], ['--all', ...why]])
      assert.equal((await rollback(wrong)).code, 2, wrong.join(' '));
    assert.deepEqual(rolled, []);
    const typed = await rollback(['--wave', 'canary', ...why], 'e3-to-e5\n');
    assert.match(typed.stderr, /put 300 users back/);
    await rollback(['--user', 'AdeleV@contoso.com', ...why, '--confirm', 'e3-to-e5']);
    assert.deepEqual(rolled, [
      [{ kind: 'wave', wave: 0 }, 'Phones'],
      [{ kind: 'users', users: ['AdeleV@contoso.com'] }, 'Phones'],
    ]);
  });

  it('retry takes the codes of failures only', async () => {
    const codes: unknown[] = [];
    const campaigns: Calls = {
      view: () => Promise.resolve(pausedCampaign()),
      retry: (_id, options) => {
        codes.push(options.codes);
        return Promise.resolve(command({ kind: 'retry' }));
      },
    };
    const retry = (...argv: string[]) =>
      run(['campaign', 'retry', 'e3-to-e5', ...MEGAN, ...argv], { calls: { campaigns } });
    const { stderr } = await retry('--code', 'plan_dependency');
    assert.match(stderr, /The campaign is paused\. The users are tried again as soon as it is resumed\./);
    await retry();
    assert.equal((await retry('--code', 'NONSENSE')).code, 2);
    assert.deepEqual(codes, [['PLAN_DEPENDENCY'], null]);
  });

  it('a refused command ends with 5', async () => {
    const promote = () => Promise.reject(new LicenseflowError('refused', 'WRONG_STATE', 'It is paused.', 'Resume it.'));
    const { code } = await run(['campaign', 'promote', 'e3-to-e5', ...MEGAN], { calls: { campaigns: { promote } } });
    assert.equal(code, 5);
  });
});

describe('licenseflow campaign status and watch', () => {
  const PACE: WritePace = { share: 0.8, quotaUsed: 0.612, throttledLately: 2, pausedForMs: 2_100 };
  const tenant = { writePace: () => Promise.resolve(PACE) };

  it('answers where, how fast, what is wrong, what next', async () => {
    const campaigns: Calls = { view: () => Promise.resolve(pausedCampaign()) };
    const { stdout, stderr } = await run(['campaign', 'status', 'e3-to-e5', '--no-color'], {
      calls: { campaigns, tenant },
      terminal: true,
    });
    assert.match(
      stdout,
      /61% of the write quota used .*may use 80%.*, 2 calls throttled in 5 minutes; .* pause of 3 s/,
    );
    assert.match(stdout, /PAUSED BY ITS FAILURE BUDGET, wave 2 of 3/);
    assert.match(stdout, /11 of 480 users of wave 2 failed, the limit is 2 %/);
    assert.match(stdout, /█+░+ 6\.5 %, 311 of 4,800 users with an outcome/);
    assert.match(stdout, /9\.6 users\/s \(48 % of the writes that Graph allows\)/);
    assert.match(stdout, /9 x PLAN_DEPENDENCY: A service plan needs another.*Ask for the missing plan/);
    assert.match(
      stderr,
      /campaign errors e3-to-e5\n.*campaign resume e3-to-e5 --as USER\n.*rollback e3-to-e5 --wave 2 --dry-run/,
    );
    assert.doesNotMatch(stdout, GUID);
  });

  it('names the products whose seats users wait for, to be looked at', async () => {
    const running = pausedCampaign({ state: 'running', pause: null });
    const nextOf = async (view: typeof running) => {
      const campaigns: Calls = { view: () => Promise.resolve(view) };
      return (await run(['campaign', 'status', 'e3-to-e5'], { calls: { campaigns, tenant } })).stderr;
    };
    assert.match(await nextOf(running), /seats show SPE_E5\n.*campaign watch e3-to-e5\n.*campaign pause/);
    assert.doesNotMatch(await nextOf({ ...running, users: { waiting: 2 } }), /seats show/);
  });

  it('watch writes a JSON document for each change, and ends as the campaign ends', async () => {
    const end = pausedCampaign({ state: 'finished', pause: null });
    const campaigns: Calls = { watch: () => each([pausedCampaign(), end]) };
    const { code, stdout } = await run(['campaign', 'watch', 'e3-to-e5'], { calls: { campaigns, tenant } });
    assert.equal(code, 7);
    const events = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { kind: string; state: string });
    assert.deepEqual(events.map(({ kind, state }) => [kind, state]), [['CampaignProgress', 'paused'], ['CampaignProgress', 'finished']]); // prettier-ignore
  });

  it('watch draws the screen again in its place', async () => {
    const campaigns: Calls = {
      watch: () => each([pausedCampaign(), pausedCampaign({ state: 'finished', pause: null })]),
    };
    const { stdout } = await run(['campaign', 'watch', 'e3-to-e5'], { calls: { campaigns, tenant }, terminal: true });
    const up = /\u001b\[(\d+)A\u001b\[J/.exec(stdout);
    assert.equal(Number(up?.[1]), stdout.slice(0, up?.index).split('\n').length - 1);
  });

  it('Ctrl-C ends only the watching, and says how to pause', async () => {
    const signals = new EventEmitter();
    const campaigns: Calls = {
      async *watch(_id, { signal }) {
        yield pausedCampaign({ state: 'running', pause: null });
        queueMicrotask(() => signals.emit('SIGINT'));
        await new Promise((resolve) => signal?.addEventListener('abort', resolve));
      },
    };
    const { code, stderr } = await run(['campaign', 'watch', 'e3-to-e5'], { calls: { campaigns, tenant }, signals });
    assert.equal(code, 130);
    assert.match(stderr, /campaign e3-to-e5 goes on\.\nNext: .*watch e3-to-e5\n.*campaign pause e3-to-e5 --as USER/);
  });
});

describe('users of a campaign', () => {
  const FAILED = sampleUser({
    ...{ state: 'failed', code: 'PLAN_DEPENDENCY', message: 'It said "no", and more', remedy: '=2+5' },
  });

  it('export writes CSV that spreadsheets do not run, to stdout and to a file', async () => {
    const asked: unknown[] = [];
    const campaigns: Calls = {
      users: (_id, filter) => {
        asked.push(filter);
        return each([FAILED]);
      },
      view: () => Promise.resolve(pausedCampaign()),
    };
    const { stdout } = await run(['campaign', 'export', 'e3-to-e5', '--failed'], { calls: { campaigns } });
    const [head, line] = stdout.split('\r\n');
    assert.match(head ?? '', /^user,add,remove,.*,objectId,name,inWave,state,code,/);
    assert.match(line ?? '', /^AdeleV@contoso.com,SPE_E5,SPE_E3,.*,PLAN_DEPENDENCY,"It said ""no"", and more",'=2\+5,/);
    const cwd = folder();
    await run(['campaign', 'export', 'e3-to-e5', '-o', 'all.ndjson'], { calls: { campaigns }, cwd });
    assert.deepEqual(JSON.parse(readFileSync(join(cwd, 'all.ndjson'), 'utf8')), FAILED);
    assert.deepEqual(asked, [{ states: ['failed', 'unknown', 'drifted', 'left-alone', 'not-restored'] }, {}]);
  });

  it('users are filtered, and cut off with a word', async () => {
    const asked: unknown[] = [];
    const campaigns: Calls = {
      users: (_id, filter) => {
        asked.push(filter);
        return each([FAILED, FAILED]);
      },
    };
    const argv = ['campaign', 'users', 'e3-to-e5', '--state', 'failed', '--wave', 'canary', '--code', 'drift'];
    const { stdout, stderr } = await run([...argv, '--limit', '1'], { calls: { campaigns } });
    assert.equal(stdout.split('\n').length, 2);
    assert.match(stderr, /Only the first 1 are shown/);
    assert.deepEqual(asked, [{ states: ['failed'], waves: [0], codes: ['DRIFT'] }]);
    assert.match((await run([...argv, '--state', 'faild'], {})).stderr, /Did you mean failed\?/);
  });

  it('groups lists them, and exports the memberships to change', async () => {
    const blocked = sampleUser({ state: 'blocked', throughGroups: [{ groupId: GROUP, skuId: 's' }] });
    const campaigns: Calls = { view: () => Promise.resolve(plannedCampaign()), users: () => each([blocked]) };
    const { stdout } = await run(['campaign', 'groups', 'e3-to-e5'], { calls: { campaigns } });
    assert.match(stdout, /^All Sales\tby a rule\tMicrosoft 365 E3\t200\t/);
    const exported = await run(['campaign', 'groups', 'e3-to-e5', '--export', '-', '--to-group', 'g2'], { calls: { campaigns } }); // prettier-ignore
    assert.deepEqual(exported.stdout.trimEnd().split('\r\n').slice(1), [
      `${GROUP},All Sales,AdeleV@contoso.com,remove,rule`,
      'g2,,AdeleV@contoso.com,add,',
    ]);
    assert.match(exported.stderr, /change the rule/);
  });

  it('next-wave says whom to tell', async () => {
    const campaigns: Calls = { nextWave: () => Promise.resolve(2), usersOfWave: () => each([sampleUser({ wave: 2 })]) };
    const { stdout, stderr } = await run(['campaign', 'next-wave', 'e3-to-e5'], { calls: { campaigns } });
    assert.equal(stdout, 'AdeleV@contoso.com\tAdele Vance\t2\t\n');
    assert.match(stderr, /1 users in wave 2/);
  });
});

describe('rows of a plan', () => {
  it('that differ look different, although long lists are cut', async () => {
    const [most] = SIGNATURES;
    assert.ok(most?.services);
    const { services: changes } = most;
    const gaining = (key: string, ...services: string[]) => ({
      ...{ ...most, key, users: 1 },
      services: { ...changes, gained: services.map((service) => ({ service, plans: [] })) },
    });
    const common = ['forms', 'planner', 'whiteboard', 'bookings', 'lists', 'stream'];
    const campaigns: Calls = {
      view: () => Promise.resolve(plannedCampaign()),
      signatures: () => Promise.resolve([gaining('a', ...common), gaining('b', ...common, 'visio')]),
    };
    const { stdout } = await run(['campaign', 'show', 'e3-to-e5'], { calls: { campaigns } });
    const gains = stdout.split('\n').filter((line) => line.startsWith('ready'));
    assert.equal(gains.length, 2);
    assert.match(gains[1] ?? '', /\tVisio, Forms/i);
  });
});

describe('licenseflow campaign report', () => {
  it('is one file that loads and runs nothing, whatever people are called', async () => {
    const cwd = folder();
    const name = '<img src=x onerror=alert(1)>';
    const bad = sampleUser({ state: 'failed', code: 'PLAN_DEPENDENCY', message: '"&', name });
    const campaigns: Calls = {
      view: () =>
        Promise.resolve(
          pausedCampaign({
            title: '</title><script>alert(1)</script>',
            timeline: [
              { at: '2026-12-01T20:14:00.000Z', text: 'Pausing: the failure budget is spent.', pause: 'budget' },
            ],
          }),
        ),
      users: () => each([sampleUser(), bad]),
      signatures: () => Promise.resolve(SIGNATURES),
    };
    const { code } = await run(['campaign', 'report', 'e3-to-e5', '-o', 'r.html'], { calls: { campaigns }, cwd });
    assert.equal(code, 0);
    const page = readFileSync(join(cwd, 'r.html'), 'utf8');
    assert.doesNotMatch(page, /<script|<img|https?:\/\/(?!www\.w3\.org)|\sstyle="|\son\w+="/i);
    assert.match(page, /default-src &#39;none&#39;; style-src &#39;sha256-/);
    assert.match(page, /&lt;img src=x onerror=alert\(1\)&gt;/);
    for (const words of [
      'Microsoft 365 E5 instead of Microsoft 365 E3',
      'Outcomes by wave',
      'Why people were not attempted',
      'Paused by itself: the failure budget was spent',
    ])
      assert.ok(page.includes(words), words);
  });
});
