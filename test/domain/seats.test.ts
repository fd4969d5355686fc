import assert from 'node:assert/strict';
import { freeSeats } from '../../src/domain/seats.js';

describe('free seats', () => {
  const cases: [string, Parameters<typeof freeSeats>, number][] = [
    ['bought minus used', [{ enabled: 25, warning: 0, consumed: 14 }, false], 11],
    ['none, never less, when expired units stay assigned', [{ enabled: 5, warning: 0, consumed: 9 }, false], 0],
    ['no units in grace unless the policy counts them', [{ enabled: 0, warning: 1100, consumed: 1000 }, false], 0],
    ['units in grace where the policy counts them', [{ enabled: 0, warning: 1100, consumed: 1000 }, true], 100],
  ];
  for (const [what, args, expected] of cases) it(`are ${what}`, () => assert.equal(freeSeats(...args), expected));
});
