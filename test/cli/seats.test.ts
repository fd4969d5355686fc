import assert from 'node:assert/strict';
import type { HoldOptions, LeaseRow, NamedPool } from '../../src/client/index.js';
import { LicenseflowError } from '../../src/client/index.js';
import { E3 } from './fake-session.js';
import { sampleView } from './sample-request.js';

const { run } = await import('./run-cli.js');

const WAITING: LeaseRow = {
  leaseId: 'license-request/lr-1#12345678.1',
  holder: 'license-request/lr-1',
  ...{ skuId: E3.skuId, product: E3.name, requestId: 'lr-1', kind: 'request', who: 'Adele Vance <AdeleV@contoso.com>' },
  ...{ state: 'waiting', units: 1, priority: 'normal', position: 3, standing: 'in-line', note: null },
  ...{ since: '2026-03-01T14:30:00.000Z', until: '2026-03-04T14:30:00.000Z', estimate: '2026-03-02T09:00:00.000Z' },
};

const HELD: LeaseRow = {
  ...WAITING,
  ...{ leaseId: 'hold-1f3a9c2b', holder: null, requestId: null, kind: 'operator', who: 'MeganB@contoso.com' },
  ...{ state: 'held', units: 10, position: null, standing: null, estimate: null },
  note: { by: 'MeganB@contoso.com', reason: 'New team' },
};

const POOL: NamedPool = {
  ...{ tenantId: 't', skuId: E3.skuId, product: E3.name },
  count: { assignable: 25, consumed: 2, at: '2026-03-01T15:00:00.000Z' },
  ...{
    free: 13,
    refusedAt: null,
    held: 10,
    settling: 0,
    waiting: 1,
    nextCountAt: '2026-03-01T15:01:00.000Z',
    lastFailure: null,
  },
  ...{ leases: [HELD], waitList: [WAITING], acts: [{ at: '2026-03-01T14:00:00.000Z', text: 'Megan keeps 10 back.' }] },
};

const tenant = { seats: () => Promise.resolve([E3]) };
const WHO = ['--as', 'MeganB@contoso.com', '--reason', 'New team'];

describe('licenseflow waitlist', () => {
  it('prints a row for each who waits, all of it in a pipe', async () => {
    const asked: (string | null)[] = [];
    const waitList = (skuId: string | null) => {
      asked.push(skuId);
      return Promise.resolve([WAITING]);
    };
    const { stdout } = await run(['waitlist', '--sku', 'spe_e3'], { calls: { tenant, seats: { waitList } } });
    assert.deepEqual(asked, [E3.skuId]);
    assert.equal(
      stdout,
      '3\tlr-1\tAdele Vance <AdeleV@contoso.com>\tMicrosoft 365 E3\t1\t2026-03-01T14:30:00.000Z' +
        `\t2026-03-02T09:00:00.000Z\t2026-03-04T14:30:00.000Z\tnormal\t${WAITING.leaseId}\t${E3.skuId}\n`,
    );
  });

  it('says so where there is no basis for an estimate, and where nobody waits', async () => {
    const rows = [{ ...WAITING, estimate: null }];
    const some = await run(['waitlist'], { calls: { seats: { waitList: () => Promise.resolve(rows) } } });
    assert.match(some.stdout, /\tno basis yet\t/);
    const none = await run(['waitlist'], { calls: { seats: { waitList: () => Promise.resolve([]) } } });
    assert.deepEqual(none, { code: 0, stdout: '', stderr: 'Nobody waits for a seat.\n' });
  });
});

describe('licenseflow seats', () => {
  it('show says why nothing is left to promise where Graph knew of no seat', async () => {
    const pool = { ...POOL, free: 0, refusedAt: '2026-03-01T14:58:00.000Z' };
    const calls = { tenant, seats: { pool: () => Promise.resolve(pool) } };
    const { stdout } = await run(['seats', 'show', 'SPE_E3'], { calls, terminal: true });
    assert.match(stdout, /Left to promise: 0\.[^]*Graph had no free seat for a write at 2026-03-01 14:58/);
  });

  it('show tells counts, promises, who waits, what operators did, and the next command', async () => {
    const calls = { tenant, seats: { pool: () => Promise.resolve(POOL) } };
    const { stdout, stderr } = await run(['seats', 'show', 'SPE_E3'], { calls, terminal: true });
    assert.match(stdout, /25 to give, 2 in use/);
    assert.match(stdout, /Left to promise: 13/);
    assert.match(stdout, /lr-1 for Adele Vance <AdeleV@contoso\.com>: place 3 since .*, probably around 2026-03-02/);
    assert.match(stdout, /hold-1f3a9c2b +held +10 +MeganB@contoso\.com/);
    assert.match(stdout, /Megan keeps 10 back/);
    assert.match(stderr, /seats release hold-1f3a9c2b/);
    const json = JSON.parse((await run(['seats', 'show', 'SPE_E3', '--json'], { calls })).stdout) as NamedPool;
    assert.deepEqual(json, { apiVersion: 'licenseflow/v1', kind: 'SeatPool', product: E3, pool: POOL });
  });

  it('show of a product for which nobody waits', async () => {
    const calls = { tenant, seats: { pool: () => Promise.resolve(null) } };
    const { code, stdout } = await run(['seats', 'show', 'SPE_E3'], { calls });
    assert.equal(code, 0);
    assert.match(stdout, /Nobody waits and nothing is promised/);
  });

  it('hold passes on what was given, and says what came of it', async () => {
    const held: HoldOptions[] = [];
    const answering = (lease: LeaseRow) => ({
      tenant,
      seats: {
        hold: (options: HoldOptions) => {
          held.push(options);
          return Promise.resolve(lease);
        },
      },
    });
    const argv = ['seats', 'hold', 'SPE_E3', '10', '--for', '3d', ...WHO];
    const done = await run(argv, { calls: answering(HELD) });
    assert.match(done.stdout, /10 seats of Microsoft 365 E3 kept back until/);
    const late = await run(argv, { calls: answering({ ...HELD, state: 'waiting', position: 2 }) });
    assert.match(late.stdout, /fewer are free, so it waits until .*, place 2/);
    assert.deepEqual(held[0], {
      ...{ skuId: E3.skuId, units: 10, forMs: 3 * 86_400_000, priority: 'high', reason: 'New team' },
      actor: { ref: 'MeganB@contoso.com', assurance: 'asserted' },
    });
    assert.equal((await run(['seats', 'hold', 'SPE_E3', '0', '--for', '3d', ...WHO], {})).code, 2);
  });

  it('release ends with 5 where somebody still counts on it', async () => {
    const release = () =>
      Promise.reject(new LicenseflowError('refused', 'STILL_NEEDED', 'It is open.', 'Withdraw it.'));
    const { code, stderr } = await run(['seats', 'release', WAITING.leaseId, ...WHO], {
      calls: { seats: { release } },
    });
    assert.equal(code, 5);
    assert.match(stderr, /It is open\.\nWithdraw it\./);
  });

  it('bump goes to the head, or into another priority', async () => {
    const ranked: unknown[] = [];
    const rank = (requestId: string, to: string) => {
      ranked.push([requestId, to]);
      return Promise.resolve({ ...WAITING, position: 1 });
    };
    const { stdout, stderr } = await run(['seats', 'bump', 'lr-1', ...WHO], { calls: { seats: { rank } } });
    assert.match(stdout, /place 1 since/);
    assert.match(stderr, /^Next: licenseflow waitlist$/m);
    await run(['seats', 'bump', 'lr-1', '--priority', 'low', ...WHO], { calls: { seats: { rank } } });
    assert.deepEqual(ranked, [
      ['lr-1', 'head'],
      ['lr-1', 'low'],
    ]);
  });
});

describe('a request that waits for a seat', () => {
  const since = '2026-03-01T14:30:00.000Z';
  const view = sampleView({
    state: 'waiting-for-seat',
    seats: [{ skuId: E3.skuId, name: E3.name, state: 'asked', since }],
  });
  const calls = {
    requests: { view: () => Promise.resolve(view), rollbackView: () => Promise.resolve(null) },
    seats: { leasesOf: () => Promise.resolve([WAITING]) },
  };

  for (const command of [['request', 'show'], ['explain']])
    it(`shows its place with ${command.join(' ')}`, async () => {
      const { stdout } = await run([...command, 'lr-1'], { calls });
      assert.match(stdout, /Wait-list.*Microsoft 365 E3: place 3 since .*, probably around 2026-03-02T09:00/);
    });

  it('is shown without it where the pool does not answer', async () => {
    const leasesOf = () => Promise.reject(new LicenseflowError('unanswered', 'NO_ANSWER', 'No.', 'Wait.'));
    const { code, stdout } = await run(['explain', 'lr-1'], { calls: { ...calls, seats: { leasesOf } } });
    assert.equal(code, 0);
    assert.doesNotMatch(stdout, /Wait-list/);
  });
});
