/**
 * The failure budget against a naive model of it, for all that can happen in small campaigns; and what counts as an
 * outcome, what a plan's digest covers.
 */
import assert from 'node:assert/strict';
import type { CampaignSource } from '../../src/contracts/campaign.js';
import { campaignDigest, DEFAULT_CAMPAIGN_OPTIONS } from '../../src/contracts/campaign.js';
import type { BudgetLimit, SpentBudget } from '../../src/domain/campaign.js';
import {
  burnt, changedProducts, hasOutcome, isInTheWay, openIn, planDigest, plannedIn, spentBudget, sumCounts, sumFailures, USER_STATES, usersIn,
} from '../../src/domain/campaign.js'; // prettier-ignore

/** Outcomes that users of a small campaign can have; `null` for one that went well. */
const OUTCOMES = [null, 'USAGE_LOCATION', 'THROTTLED'] as const;
type Outcome = (typeof OUTCOMES)[number];

const LIMITS: readonly BudgetLimit[] = [null, 0, 1, 2].flatMap((count) =>
  [null, 0, 20, 33.4, 50, 100].map((percent) => ({ count, percent })),
);

/** Waves of one, two and three users, and every way in which they can end. */
const WAVES = [1, 2, 3] as const;
const USERS = WAVES.reduce<number>((sum, users) => sum + users, 0);

function* sequences(length: number): Generator<readonly Outcome[]> {
  if (length === 0) {
    yield [];
    return;
  }
  for (const before of sequences(length - 1)) for (const outcome of OUTCOMES) yield [...before, outcome];
}

function waveOf(user: number): number {
  let end = 0;
  return WAVES.findIndex((users) => user < (end += users));
}

/** The rule once more, in whole numbers and without the code under test: more than the limit, per wave and in total. */
function model(outcomes: readonly Outcome[], perWave: BudgetLimit, total: BudgetLimit): string | null {
  const failed = (users: readonly number[]) => users.filter((user) => outcomes[user] === 'USAGE_LOCATION').length;
  const everybody = Array.from({ length: USERS }, (_, user) => user);
  const verdict = (limit: BudgetLimit, users: readonly number[]) => {
    if (limit.count !== null && failed(users) >= limit.count + 1) return 'count';
    // In tenths of a percent, so that nothing is rounded.
    if (limit.percent !== null && failed(users) * 1_000 > Math.round(limit.percent * 10) * users.length)
      return 'percent';
    return null;
  };
  for (const [wave] of WAVES.entries()) {
    const by = verdict(
      perWave,
      everybody.filter((user) => waveOf(user) === wave),
    );
    if (by !== null) return `wave ${String(wave)} ${by}`;
  }
  const by = verdict(total, everybody);
  return by === null ? null : `total ${by}`;
}

/** What the rules make of it: failures that count, of each wave and in total. */
function burntBy(outcomes: readonly Outcome[]) {
  const failures = WAVES.map((_, wave) =>
    sumFailures(outcomes.flatMap((code, user) => (code !== null && waveOf(user) === wave ? [{ [code]: 1 }] : []))),
  );
  return {
    waves: WAVES.map((users, wave) => ({ wave, users, failed: burnt(failures[wave] ?? {}) })),
    total: { users: USERS, failed: burnt(sumFailures(failures)) },
  };
}

const told = (spent: SpentBudget | null) =>
  spent === null ? null : spent.scope === 'wave' ? `wave ${String(spent.wave)} ${spent.by}` : `total ${spent.by}`;

describe('failure budget', () => {
  it('is spent exactly when the model says so, after each outcome of every small campaign', () => {
    let spent = 0;
    for (let ended = 0; ended <= USERS; ended++)
      for (const outcomes of sequences(ended)) {
        const { waves, total: all } = burntBy(outcomes);
        for (const [i, perWave] of LIMITS.entries())
          for (const total of [perWave, ...LIMITS.filter((_, j) => (i + j) % 5 === 0)]) {
            const verdict = told(spentBudget({ perWave, total }, waves, all));
            assert.equal(verdict, model(outcomes, perWave, total));
            if (verdict !== null) spent++;
          }
      }
    assert.ok(spent > 50_000);
  });

  it('names the figures of the limit that was exceeded', () => {
    const budget = { perWave: { count: null, percent: 2 }, total: { count: 10, percent: null } };
    assert.deepEqual(spentBudget(budget, [{ wave: 3, failed: 6, users: 250 }], { failed: 6, users: 1_000 }), {
      ...{ scope: 'wave', wave: 3, by: 'percent', failed: 6, users: 250, limit: 2 },
    });
    assert.deepEqual(spentBudget(budget, [{ wave: 3, failed: 5, users: 250 }], { failed: 11, users: 1_000 }), {
      ...{ scope: 'total', wave: null, by: 'count', failed: 11, users: 1_000, limit: 10 },
    });
  });

  it('is not spent at a percentage that floating point would exceed', () => {
    const limit = { count: null, percent: 0.57 };
    const at = (failed: number) => spentBudget({ perWave: limit, total: limit }, [], { failed, users: 10_000 });
    assert.equal(at(57), null);
    assert.equal(at(58)?.failed, 58);
  });

  it('is not burnt by what passes by itself, nor by missing seats', () => {
    assert.equal(burnt({ THROTTLED: 5, CONTENTION: 4, NO_SEATS: 3 }), 0);
    assert.equal(burnt({ THROTTLED: 5, DRIFT: 1, OUTCOME_UNKNOWN: 1, TRANSIENT: 1 }), 3);
  });
});

describe('counts of users', () => {
  it('tell who is open from who has an outcome, each state once', () => {
    const one = Object.fromEntries(USER_STATES.map((state) => [state, 1]));
    assert.equal(usersIn(one), USER_STATES.length);
    assert.equal(openIn(one), USER_STATES.filter((state) => !hasOutcome(state)).length);
    assert.equal(openIn({ 'waiting-for-seat': 2, done: 3 }), 2);
    assert.equal(plannedIn({ ready: 4, blocked: 2, already: 1, done: 3 }), 7);
    assert.deepEqual(sumCounts([{ done: 1 }, { done: 2, failed: 1 }]), { done: 3, failed: 1 });
  });
});

describe('digest of a plan', () => {
  const content = {
    pages: ['a', 'b'],
    waves: { canary: true, sizes: [{ percent: 50 }, 'rest'] },
    sizes: [1, 2, 2],
    contents: { e3: ['p1', 'p2'], e5: ['p3'] },
  } as const;

  it('is the same whatever the order of products and of their plans', () => {
    assert.equal(planDigest(content), planDigest({ ...content, contents: { e5: ['p3'], e3: ['p2', 'p1'] } }));
  });

  it('changes with the plan of a page, the waves, and the plan list of a product', () => {
    const others = [
      { ...content, pages: ['b', 'a'] },
      { ...content, sizes: [1, 1, 3] },
      { ...content, waves: { canary: false, sizes: content.waves.sizes } },
      { ...content, waves: { canary: true, sizes: ['rest'] as const } },
      { ...content, contents: { ...content.contents, e5: ['p3', 'p4'] } },
    ];
    assert.equal(new Set([content, ...others].map(planDigest)).size, others.length + 1);
  });

  it('goes with the products that changed', () => {
    assert.deepEqual(changedProducts(content.contents, { e3: ['p2', 'p1'], e5: ['p3', 'p4'] }), ['e5']);
    assert.deepEqual(changedProducts(content.contents, { e3: ['p1', 'p2'] }), ['e5']);
  });
});

describe('digest of a campaign', () => {
  const of = (source: CampaignSource) => campaignDigest({ source, wishes: [], options: DEFAULT_CAMPAIGN_OPTIONS });
  const HOLDERS = { kind: 'holders', sku: 'SPE_E3', except: ['a@contoso.com', 'b@contoso.com'] } as const;
  const GROUP = { kind: 'group', group: 'ce233db8-413c-4ad1-ac5f-143eb28fca68', except: [] } as const;

  it('is the same however the people are named', () => {
    const except = [' B@contoso.com', 'A@Contoso.com', 'b@contoso.com'];
    assert.equal(of({ ...HOLDERS, sku: 'spe_e3', except }), of(HOLDERS));
    assert.equal(of({ ...GROUP, group: GROUP.group.toUpperCase() }), of(GROUP));
  });

  it('differs with whom is left out, and with the source', () => {
    const sources: CampaignSource[] = [
      HOLDERS,
      { ...HOLDERS, except: ['a@contoso.com'] },
      { ...HOLDERS, sku: 'SPE_E5' },
      GROUP,
      { kind: 'file', name: 'users.csv', rows: 2, merged: 0 },
    ];
    assert.equal(new Set(sources.map(of)).size, sources.length);
  });
});

describe('a membership', () => {
  it('is in the way where its product goes, and also where it is held directly too', () => {
    const blocks = [{ code: 'GROUP_AND_DIRECT', meaning: '', remedy: '' }] as const;
    assert.equal(isInTheWay({ target: { a: null }, blocks: [] }, 'a'), true);
    assert.equal(isInTheWay({ target: { a: [] }, blocks: [] }, 'a'), false);
    assert.equal(isInTheWay({ target: { a: [] }, blocks }, 'a'), true);
  });
});
