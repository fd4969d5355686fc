import assert from 'node:assert/strict';
import { writesPerSecondGuard } from '../../src/worker/write-guard.js';

describe("the server's limit on writes", () => {
  const limitOf = (writeShare: number, writesPerSecond?: number) =>
    writesPerSecondGuard({
      graph: { writeShare },
      worker: { writesPerSecond },
    } as Parameters<typeof writesPerSecondGuard>[0]);

  for (const [writeShare, perSecond] of [
    [0.5, 12],
    [0.75, 18],
    // Two workers have half of the usual share each, and neither knows of the other.
    [0.25, 12],
    // Never more than the quota, which is 20 a second.
    [0.9, 20],
    [1, 20],
  ] as const)
    it(`is ${String(perSecond)} a second at a share of ${String(writeShare)}: a little above the pace`, () => {
      assert.ok(Math.abs(limitOf(writeShare) - perSecond) < 1e-9, String(limitOf(writeShare)));
    });

  it('is what somebody sets', () => {
    assert.equal(limitOf(1, 7), 7);
  });
});
