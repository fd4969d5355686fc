import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import type { WorkflowBundle } from '@temporalio/worker';
import { bundleWorkflowCode, DefaultLogger, Worker } from '@temporalio/worker';
import { resolveTemporal } from '../../src/embedded/temporal-cli/resolve.js';
import type { ObservedCall } from '../../src/graph/observed-call.js';
import { WritePacer, WritePermit } from '../../src/graph/pacing.js';
import { writeSlots } from '../../src/worker/write-slots.js';
import type { writes } from './write-workflows.js';

const CONTEXT = {
  slotType: 'activity',
  taskQueue: 'writes',
  workerIdentity: 'test',
  workerBuildId: '',
  isSticky: false,
} as const;

const THROTTLED_FOR_AN_HOUR: ObservedCall = {
  operation: 'assignLicense',
  durationMs: 0,
  status: 429,
  requestId: null,
  failure: { code: 'THROTTLED', message: 'Please retry again later.', retryAfterMs: 3_600_000 },
  throttleLimitPercentage: null,
};

describe('write slots', () => {
  it('are given, used and released through the pacer', async () => {
    const pacer = new WritePacer();
    const slots = writeSlots(pacer);
    const permit = await slots.reserveSlot(CONTEXT, new AbortController().signal);
    assert.ok(permit instanceof WritePermit);
    assert.deepEqual(counts(pacer), { waiting: 0, reserved: 1, inFlight: 0 });
    const slotInfo = { type: 'activity', activityType: 'write' } as const;
    slots.markSlotUsed({ slotInfo, permit });
    assert.deepEqual(counts(pacer), { waiting: 0, reserved: 0, inFlight: 1 });
    slots.releaseSlot({ slotInfo, permit });
    assert.deepEqual(counts(pacer), { waiting: 0, reserved: 0, inFlight: 0 });
  });

  it('are never given to an eager activity', () => {
    const pacer = new WritePacer();
    assert.equal(writeSlots(pacer).tryReserveSlot(CONTEXT), null);
    assert.equal(pacer.snapshot().reserved, 0);
  });

  it('that the SDK gives up while it waits are refused with its own reason, and hold nothing', async () => {
    const pacer = new WritePacer();
    pacer.observe(THROTTLED_FOR_AN_HOUR);
    const controller = new AbortController();
    const slot = writeSlots(pacer).reserveSlot(CONTEXT, controller.signal);
    controller.abort('Request Cancelled');
    await assert.rejects(slot, (reason) => reason === 'Request Cancelled');
    assert.deepEqual(counts(pacer), { waiting: 0, reserved: 0, inFlight: 0 });
  });

  it('that the SDK gives up in the moment they are given come back', async () => {
    const pacer = new WritePacer();
    const controller = new AbortController();
    await writeSlots(pacer).reserveSlot(CONTEXT, controller.signal);
    assert.equal(pacer.snapshot().reserved, 1);
    controller.abort('Request Cancelled');
    assert.equal(pacer.snapshot().reserved, 0);
  });

  describe('on a worker', () => {
    let env: TestWorkflowEnvironment;
    let workflowBundle: WorkflowBundle;

    before(async () => {
      env = await localTemporal();
      workflowBundle = await bundleWorkflowCode({
        workflowsPath: fileURLToPath(new URL('./write-workflows.ts', import.meta.url)),
        logger: new DefaultLogger('WARN'),
      });
    });

    after(async () => {
      await env.teardown();
    });

    /** A worker for workflows and one for writes, each on its own queue. */
    async function withWorkers(
      pacer: WritePacer,
      write: (name: string) => Promise<void>,
      run: (start: (names: readonly string[], priorityKey: number) => Promise<Started>) => Promise<void>,
    ): Promise<void> {
      const id = randomUUID();
      const queues = { workflows: `workflows-${id}`, writes: `writes-${id}` };
      const { nativeConnection: connection } = env;
      const namespace = env.namespace ?? 'default';
      const workflows = await Worker.create({ connection, namespace, taskQueue: queues.workflows, workflowBundle });
      const fixed = { type: 'fixed-size', numSlots: 1 } as const;
      const writing = await Worker.create({
        connection,
        namespace,
        taskQueue: queues.writes,
        activities: { write },
        tuner: {
          activityTaskSlotSupplier: writeSlots(pacer),
          workflowTaskSlotSupplier: fixed,
          localActivityTaskSlotSupplier: fixed,
          nexusTaskSlotSupplier: fixed,
        },
      });
      const start = async (names: readonly string[], priorityKey: number) =>
        env.client.workflow.start<typeof writes>('writes', {
          workflowId: randomUUID(),
          taskQueue: queues.workflows,
          args: [{ taskQueue: queues.writes, names, priorityKey }],
        });
      await workflows.runUntil(writing.runUntil(run(start)));
    }

    it('people overtake a campaign that is already queued', async () => {
      const started: string[] = [];
      const campaign = Array.from({ length: 40 }, (_, i) => `campaign-${i}`);
      let personQueued: (() => void) | undefined;
      const whenPersonQueued = new Promise<void>((resolve) => (personQueued = resolve));
      const write = async (name: string): Promise<void> => {
        started.push(name);
        await whenPersonQueued;
      };
      await withWorkers(new WritePacer({ inFlightMax: 1 }), write, async (start) => {
        const running = await start(campaign, 5);
        await until(() => started.length > 0);
        await allQueued(env, running, campaign.length);
        const person = await start(['person'], 1);
        await allQueued(env, person, 1);
        personQueued?.();
        await person.result();
        await running.result();
      });
      assert.equal(started.length, 41);
      // One write was running; a task or two may have been handed out before the newcomer reached the queue.
      assert.ok(started.indexOf('person') <= 3, `started as number ${started.indexOf('person') + 1} of 41`);
    });

    it('started writes never exceed the limit, and reach it', async () => {
      let running = 0;
      let most = 0;
      let full: (() => void) | undefined;
      const whenFull = new Promise<void>((resolve) => (full = resolve));
      const write = async (): Promise<void> => {
        running += 1;
        most = Math.max(most, running);
        if (running === 4) full?.();
        await whenFull;
        running -= 1;
      };
      const pacer = new WritePacer({ share: 1, inFlightMax: 4, inFlightAtStart: 4 });
      const names = Array.from({ length: 30 }, (_, i) => `write-${i}`);
      await withWorkers(pacer, write, async (start) => {
        await (await start(names, 3)).result();
      });
      assert.equal(most, 4);
      await until(() => pacer.snapshot().reserved === 0 && pacer.snapshot().inFlight === 0);
    });

    it('nothing starts in a pause, and a worker that waits for its end shuts down cleanly', async () => {
      const pacer = new WritePacer();
      pacer.observe(THROTTLED_FOR_AN_HOUR);
      let started = 0;
      const write = async (): Promise<void> => {
        started += 1;
      };
      await withWorkers(pacer, write, async (start) => {
        await allQueued(env, await start(['one', 'two'], 1), 2);
        await until(() => pacer.snapshot().waiting > 0);
      });
      assert.equal(started, 0);
      await until(() => pacer.snapshot().waiting === 0);
      assert.deepEqual(counts(pacer), { waiting: 0, reserved: 0, inFlight: 0 });
    });

    it('a worker that found nothing to do gives every slot back', async () => {
      const pacer = new WritePacer();
      await withWorkers(
        pacer,
        async () => undefined,
        async () => until(() => pacer.snapshot().reserved === 2),
      );
      await until(() => pacer.snapshot().waiting === 0 && pacer.snapshot().reserved === 0);
    });
  });
});

type Started = Awaited<ReturnType<TestWorkflowEnvironment['client']['workflow']['start']>>;

function counts(pacer: WritePacer): { waiting: number; reserved: number; inFlight: number } {
  const { waiting, reserved, inFlight } = pacer.snapshot();
  return { waiting, reserved, inFlight };
}

/**
 * A server of this test's own, with one partition for each queue: tasks of different partitions are polled in no order,
 * whatever their priority.
 */
async function localTemporal(): Promise<TestWorkflowEnvironment> {
  const { TEMPORAL_ADDRESS: _someoneElses, ...env } = process.env;
  const source = await resolveTemporal({ env, log: (sentence) => console.error(sentence) });
  assert.ok(source.kind === 'cli');
  const onePartition = ['Read', 'Write'].flatMap((kind) => [
    '--dynamic-config-value',
    `matching.numTaskqueue${kind}Partitions=1`,
  ]);
  return TestWorkflowEnvironment.createLocal({
    server: { executable: { type: 'existing-path', path: source.cli.path }, extraArgs: onePartition },
  });
}

async function allQueued(env: TestWorkflowEnvironment, { workflowId }: Started, count: number): Promise<void> {
  const handle = env.client.workflow.getHandle(workflowId);
  await until(async () => {
    const { events } = await handle.fetchHistory();
    return (events ?? []).filter((event) => event.activityTaskScheduledEventAttributes).length === count;
  });
}

/** Waits for a state; mocha's timeout is its deadline. */
async function until(state: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await state())) await new Promise((resolve) => setTimeout(resolve, 10));
}
