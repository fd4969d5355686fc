/** Waves: whatever is planned, every ready user is in exactly one of them. */
import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import type { WavePlan, WaveSize } from '../../src/domain/campaign.js';
import type { PlannedPage, WaveMember } from '../../src/domain/campaign-waves.js';
import { makeWaves, sizesOfPage, wavePlanProblems, wavesOfUsers } from '../../src/domain/campaign-waves.js';

const KEYS = ['k1', 'k2', 'k3', 'k4', 'k5'];

/** The ready users of each page, by signature. */
const pagesOfUsers = fc.array(
  fc.array(fc.record({ key: fc.constantFrom(...KEYS), wave: fc.integer({ min: 1, max: 4 }) }), { maxLength: 30 }),
  { minLength: 1, maxLength: 6 },
);

const validSizes: fc.Arbitrary<WavePlan['sizes']> = fc
  .array(
    fc.oneof(
      fc.record({ count: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ percent: fc.integer({ min: 1, max: 24 }) }),
    ),
    { maxLength: 4 },
  )
  .map((sizes) => [...sizes, 'rest' as const]);

function plannedPage(users: readonly WaveMember[]): PlannedPage {
  const keys = [...new Set(users.map(({ key }) => key))];
  const readyByWave: Record<string, number> = {};
  for (const { wave = 1 } of users) readyByWave[wave] = (readyByWave[wave] ?? 0) + 1;
  return {
    signatures: [
      ...keys.map((key) => {
        const own = users.filter((user) => user.key === key);
        return { key, users: own.length, outcome: 'ready' as const, firstWave: own[0]?.wave ?? 1 };
      }),
      { key: 'b1', users: 3, outcome: 'blocked' },
    ],
    readyByWave,
  };
}

/** The wave of each user, page by page, as the pages find it. */
function assigned(plan: WavePlan, pages: readonly (readonly WaveMember[])[]) {
  const waves = makeWaves(plan, pages.map(plannedPage));
  const given = pages.map((users, i) => wavesOfUsers(users, waves.pages[i] ?? { canaries: [], cuts: [] }));
  return { waves, given };
}

describe('waves of a campaign', () => {
  it('have every ready user exactly once, as many as the plan says', () => {
    fc.assert(
      fc.property(pagesOfUsers, validSizes, fc.boolean(), (pages, sizes, canary) => {
        const { waves, given } = assigned({ canary, sizes }, pages);
        const all = given.flat();
        assert.equal(all.length, pages.flat().length);
        waves.sizes.forEach((size, wave) => assert.equal(all.filter((one) => one === wave).length, size));
        assert.equal(
          waves.sizes.reduce((sum, size) => sum + size, 0),
          all.length,
        );
      }),
    );
  });

  it('begin with one user of each ready signature', () => {
    fc.assert(
      fc.property(pagesOfUsers, validSizes, (pages, sizes) => {
        const { given } = assigned({ canary: true, sizes }, pages);
        const canaries = pages.flatMap((users, i) => users.filter((_, j) => given[i]?.[j] === 0).map(({ key }) => key));
        assert.deepEqual([...canaries].sort(), [...new Set(pages.flat().map(({ key }) => key))].sort());
      }),
    );
  });

  it('follow the column, with and without a canary', () => {
    fc.assert(
      fc.property(pagesOfUsers, fc.boolean(), (pages, canary) => {
        const { waves, given } = assigned({ canary, sizes: 'column' }, pages);
        pages.forEach((users, i) =>
          users.forEach(({ wave }, j) => assert.ok(given[i]?.[j] === wave || (canary && given[i]?.[j] === 0))),
        );
        const all = given.flat();
        waves.sizes.forEach((size, wave) => assert.equal(all.filter((one) => one === wave).length, size));
      }),
    );
  });

  it('are as large as asked', () => {
    const sizesFor = (sizes: readonly WaveSize[], users: number, canary = false) =>
      makeWaves({ canary, sizes }, [{ signatures: [{ key: 'k1', users, outcome: 'ready' }], readyByWave: {} }]).sizes;
    assert.deepEqual(sizesFor([{ count: 10 }, { count: 20 }, 'rest'], 100), [0, 10, 20, 70]);
    assert.deepEqual(sizesFor([{ percent: 10 }, { percent: 90 }], 100), [0, 10, 90]);
    assert.deepEqual(sizesFor([{ percent: 50 }, { percent: 50 }], 5), [0, 3, 2]);
    assert.deepEqual(sizesFor([{ percent: 33.3 }, { percent: 33.3 }, { percent: 33.4 }], 10), [0, 3, 4, 3]);
    assert.deepEqual(sizesFor([{ percent: 50 }, 'rest'], 101, true), [1, 50, 50]);
    assert.deepEqual(sizesFor([{ count: 10 }, 'rest'], 4), [0, 4]);
  });

  it('keep their order within a page that has more or fewer ready users by now', () => {
    const waves = { canaries: ['k1'], cuts: [{ wave: 1, users: 1 }, { wave: 2, users: 1 }] }; // prettier-ignore
    const users = (count: number) => Array.from({ length: count }, () => ({ key: 'k1' }));
    assert.deepEqual(wavesOfUsers(users(5), waves), [0, 1, 2, 2, 2]);
    assert.deepEqual(wavesOfUsers(users(2), waves), [0, 1]);
  });

  it('are counted in a page as it will give them', () => {
    const page = plannedPage([{ key: 'k1', wave: 2 }, { key: 'k1', wave: 2 }, { key: 'k2', wave: 1 }]); // prettier-ignore
    assert.deepEqual(sizesOfPage(page, { canaries: ['k1'], cuts: [] }), [1, 1, 1]);
  });
});

describe('a wave plan that does not add up', () => {
  const problemsOf = (...sizes: readonly WaveSize[]) => wavePlanProblems({ canary: true, sizes }).join(' ');

  for (const [what, sizes, problem] of [
    ['has no wave', [], /at least one wave/],
    ['takes the rest before its end', ['rest', { count: 1 }], /Wave 1 takes the rest/],
    ['has an empty wave', [{ count: 0 }, 'rest'], /Wave 1 needs a whole number/],
    ['has half a user', [{ count: 1.5 }, 'rest'], /Wave 1 needs a whole number/],
    ['has a percentage of 0', [{ percent: 0 }, 'rest'], /above 0 and up to 100/],
    ['has a percentage over 100', [{ percent: 101 }], /above 0 and up to 100/],
    ['has percentages over 100 together', [{ percent: 60 }, { percent: 50 }], /add up to 110, which is more than 100/],
    ['has percentages below 100 and no rest', [{ percent: 60 }, { percent: 30 }], /add up to 90, not to 100/],
    ['leaves nobody for its last wave', [{ percent: 100 }, 'rest'], /nobody is left/],
    ['ends with a number', [{ percent: 10 }, { count: 5 }], /has to be `rest`/],
    ['has too many waves', Array.from({ length: 101 }, () => ({ count: 1 })), /at most 100 waves/],
  ] as const)
    it(`is refused where it ${what}`, () => assert.match(problemsOf(...sizes), problem));

  it('is no plan of thirds that add up to 100', () =>
    assert.equal(problemsOf({ percent: 33.3 }, { percent: 33.3 }, { percent: 33.4 }), ''));
});
