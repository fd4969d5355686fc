import assert from 'node:assert/strict';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker } from '@temporalio/worker';
import { DeterminismViolationError } from '@temporalio/workflow';
import { testRuntime, workflowBundle } from '../support/temporal.js';
import type { HistoryJson } from './history-file.js';
import { historyNames, readHistory, workflowIdOf } from './history-file.js';
import { GOLDEN_PATHS } from './paths.js';

/** Home folders and the like, file addresses, and `process@host`. */
const PLACE = /file:\/\/|[A-Z]:\\|\/(?:home|root|Users|work|tmp|usr|var|opt|builds)\/|\b\d+@[a-z]/;

describe('golden histories', function () {
  // There are many of them.
  this.timeout(180_000);

  it('are there for every path, and for no other', async () => {
    assert.deepEqual(await historyNames(), GOLDEN_PATHS.map(({ name }) => name).sort());
  });

  it('are what the workflow code of today would do again', async () => {
    const names = await historyNames();
    const histories = await Promise.all(names.map(readHistory));
    const replayed: string[] = [];
    const broken: string[] = [];
    for await (const { workflowId, error } of await replay(histories)) {
      replayed.push(workflowId);
      if (error !== undefined) broken.push(`${workflowId}: ${error.message}`);
    }
    assert.deepEqual(broken, [], 'a workflow that is open now would not survive the update; use patched()');
    assert.equal(replayed.length, names.length);
  });

  for (const [type, other] of [
    ['replanRequest', 'checkSeats'],
    ['writeLicenses', 'setUsageLocation'],
  ] as const)
    it(`are refused where ${type} had been ${other}`, async () => {
      const changed = withActivity(await readHistory('approved'), type, other);
      const errors: unknown[] = [];
      for await (const { error } of await replay([changed])) errors.push(error);
      assert.equal(errors.length, 1);
      assert.ok(errors[0] instanceof DeterminismViolationError, `not refused: ${String(errors[0])}`);
    });

  it('name no machine on which they were recorded', async () => {
    for (const name of await historyNames()) {
      const found = [...texts(await readHistory(name))].filter((text) => PLACE.test(text));
      assert.deepEqual(found, [], name);
    }
  });
});

async function replay(histories: readonly HistoryJson[]) {
  testRuntime();
  return Worker.runReplayHistories(
    { workflowBundle: await workflowBundle(), replayName: 'golden' },
    histories.map((history) => ({ workflowId: workflowIdOf(history), history: historyFromJSON(history) })),
  );
}

function withActivity(history: HistoryJson, type: string, other: string): HistoryJson {
  const text = JSON.stringify(history);
  const changed = text.replaceAll(`"activityType":{"name":"${type}"}`, `"activityType":{"name":"${other}"}`);
  assert.notEqual(changed, text);
  return JSON.parse(changed) as HistoryJson;
}

/** All texts of a history, with what its payloads say in place of their base64. */
function* texts(value: unknown, key = ''): Generator<string> {
  if (typeof value === 'string') yield key === 'data' ? Buffer.from(value, 'base64').toString('utf8') : value;
  if (typeof value !== 'object' || value === null) return;
  for (const [name, inner] of Object.entries(value)) yield* texts(inner, name);
}
