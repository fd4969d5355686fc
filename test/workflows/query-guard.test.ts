import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { QueryNotRegisteredError } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import type { WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import type { ActivateInput } from '@temporalio/workflow';
import { howItStands } from '../../src/client/temporal-errors.js';
import { OF_ENDED, QUERY_AHEAD } from '../../src/contracts/query-ahead.js';
import { WORKFLOW_INTERCEPTORS } from '../../src/worker/workflow-code.js';
import { QueryGuard } from '../../src/workflows/query-guard.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';
import { clockStory, news, newsSeen } from './clock-story.js';

/** Long enough for queries to be on their way before the news. */
const PATIENCE_MS = 2_000;

type Activation = ActivateInput['activation'];

const start = (time: number, isReplaying = false): Activation =>
  activation(time, isReplaying, { initializeWorkflow: {} });
const signal = (time: number, isReplaying = false): Activation => activation(time, isReplaying, { signalWorkflow: {} });
const query = (queryId = 'legacy_query', ...given: readonly string[]): Activation =>
  activation(9, true, {
    queryWorkflow: { queryId, arguments: given.map((each) => defaultPayloadConverter.toPayload(each)) },
  });

function activation(nanos: number, isReplaying: boolean, job: NonNullable<Activation['jobs']>[number]): Activation {
  return { timestamp: { nanos }, isReplaying, jobs: [job] };
}

describe('query guard', () => {
  const cases: readonly { name: string; activations: readonly Activation[]; passes: boolean }[] = [
    { name: 'a workflow that has just begun', activations: [start(1), query()], passes: true },
    { name: 'a workflow read from history', activations: [start(1, true), signal(2, true), query()], passes: true },
    { name: 'a workflow at hand', activations: [start(1), signal(2), query(), signal(3), query()], passes: true },
    { name: 'news at the time of the task before', activations: [start(1, true), signal(1), query()], passes: false },
    { name: 'such news of a workflow at hand', activations: [start(1), signal(2), signal(2), query()], passes: false },
    { name: 'the first news of a copy, in a task', activations: [start(1, true), signal(2), query()], passes: true },
    { name: 'another argument', activations: [start(1, true), signal(1), query('legacy_query', 'x')], passes: false },
    {
      name: 'news of a workflow that has ended',
      activations: [start(1, true), signal(1), query('legacy_query', OF_ENDED)],
      passes: true,
    },
    { name: 'a task that brings its queries', activations: [start(1, true), signal(1), query('1')], passes: true },
  ];
  for (const { name, activations, passes } of cases)
    it(`${passes ? 'answers' : 'refuses'}: ${name}`, () => {
      const guard = new QueryGuard();
      const run = () => activations.forEach((each) => guard.activate({ activation: each, batchIndex: 0 }, () => {}));
      if (passes) run();
      else assert.throws(run, { message: QUERY_AHEAD });
    });

  it('keeps a history in order whose query came before its task, to a worker that did not know the workflow', async () => {
    const { client, nativeConnection: connection, server } = await testTemporal();
    const workflowBundle = await clockStories();
    const taskQueue = randomUUID();
    const worker = () => Worker.create({ connection, namespace: server.namespace, taskQueue, workflowBundle });
    const begin = () => client.workflow.start(clockStory, { taskQueue, workflowId: randomUUID(), args: [PATIENCE_MS] });
    const handles = await (
      await worker()
    ).runUntil(async () => {
      const begun = await Promise.all(Array.from({ length: 5 }, begin));
      await Promise.all(begun.map((handle) => handle.query(newsSeen)));
      return begun;
    });

    // Nobody is there to answer: the server holds the queries, and then the tasks that come with the news.
    const answers = Promise.allSettled(handles.map((handle) => handle.query(newsSeen)));
    const clock = Promise.all(handles.map(async (handle) => (await handle.describe()).startTime.getTime()));
    const begunAt = Math.max(...(await clock));
    await until(
      'patience to be over',
      () => Date.now() - begunAt,
      (ms) => ms > PATIENCE_MS,
    );
    await Promise.all(handles.map((handle) => handle.signal(news)));

    await (
      await worker()
    ).runUntil(async () => {
      const refused = (await answers).filter(
        (answer) => answer.status === 'rejected' && answer.reason instanceof QueryNotRegisteredError,
      );
      assert.notEqual(refused.length, 0, 'No query came before its task.');
      for (const handle of handles) {
        assert.equal(
          await until(
            'an answer',
            () => handle.query(newsSeen).catch(String),
            (seen) => seen === 1,
          ),
          1,
        );
        await handle.signal(news);
        await handle.result();
      }
    });
    for (const { workflowId } of handles) {
      const history = await client.workflow.getHandle(workflowId).fetchHistory();
      await Worker.runReplayHistory({ workflowBundle }, history, workflowId);
    }
  });

  it('answers for a workflow that was terminated with news that it never worked on', async () => {
    const { client, nativeConnection: connection, server } = await testTemporal();
    const workflowBundle = await clockStories();
    const taskQueue = randomUUID();
    const worker = () => Worker.create({ connection, namespace: server.namespace, taskQueue, workflowBundle });
    const handle = await client.workflow.start(clockStory, {
      taskQueue,
      workflowId: randomUUID(),
      args: [PATIENCE_MS],
    });
    await (await worker()).runUntil(() => handle.query(newsSeen));
    await handle.signal(news);
    await handle.terminate();
    await (
      await worker()
    ).runUntil(async () => {
      await assert.rejects(handle.query(newsSeen), QueryNotRegisteredError);
      assert.equal(await howItStands(handle, newsSeen), 1);
    });
  });
});

let bundle: Promise<WorkflowBundleWithSourceMap> | undefined;

function clockStories(): Promise<WorkflowBundleWithSourceMap> {
  return (bundle ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./clock-story.ts', import.meta.url)),
    workflowInterceptorModules: WORKFLOW_INTERCEPTORS,
    logger: new DefaultLogger('ERROR'),
  }));
}
