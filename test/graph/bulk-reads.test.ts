import assert from 'node:assert/strict';
import { readUsers } from '../../src/activities/read-users.js';
import { BulkReads } from '../../src/graph/bulk-reads.js';
import type { GraphGateway, UserLicenses } from '../../src/graph/gateway.js';
import { GraphFailure } from '../../src/graph/gateway.js';
import type { Failure } from '../../src/domain/failures.js';
import { HandClock, settle } from './hand-clock.js';

const throttled = (retryAfterMs?: number): Failure => ({
  ...{ code: 'THROTTLED', message: 'Too many requests.' },
  ...(retryAfterMs !== undefined && { retryAfterMs }),
});

/** Calls that stay open until the test answers them. */
class OpenCalls {
  readonly #open: { resolve: () => void; reject: (error: unknown) => void }[] = [];
  started = 0;

  readonly read = (): Promise<void> =>
    new Promise((resolve, reject) => {
      this.started++;
      this.#open.push({ resolve, reject });
    });

  get open(): number {
    return this.#open.length;
  }

  async answer(): Promise<void> {
    this.#open.shift()?.resolve();
    await settle();
  }

  async refuse(retryAfterMs?: number): Promise<void> {
    this.#open.shift()?.reject(new GraphFailure(throttled(retryAfterMs)));
    await settle();
  }
}

describe('reads of very many users', () => {
  const { signal } = new AbortController();
  let clock: HandClock;
  let reads: BulkReads;
  let calls: OpenCalls;
  beforeEach(() => {
    clock = new HandClock();
    reads = new BulkReads({ clock, random: () => 0 });
    calls = new OpenCalls();
  });
  /** `count` of them; what becomes of each, in order of their ends. */
  async function begun(count: number): Promise<string[]> {
    const ends: string[] = [];
    for (let i = 0; i < count; i++)
      void reads.run(signal, calls.read).then(
        () => ends.push('read'),
        (error: unknown) => ends.push(error instanceof GraphFailure ? error.failure.code : String(error)),
      );
    await settle();
    return ends;
  }

  it('are few at once at first, and more the longer all goes well, up to a limit', async () => {
    await begun(500);
    assert.equal(calls.open, 4);
    for (let i = 0; i < 300; i++) await calls.answer();
    assert.equal(calls.open, 16);
  });

  it('all wait for the pause that one of them is given, then go on with half as many', async () => {
    const ends = await begun(10);
    await calls.refuse(3_000);
    for (let i = 0; i < 3; i++) await calls.answer();
    assert.equal(calls.open, 0);
    await clock.advance(2_999);
    assert.equal(calls.open, 0);
    await clock.advance(1);
    assert.equal(calls.open, 2);
    while (calls.open > 0) await calls.answer();
    assert.deepEqual(ends, Array<string>(10).fill('read'));
    assert.equal(calls.started, 11);
  });

  it('that were refused while they were under way together are one refusal', async () => {
    await begun(10);
    await clock.advance(1);
    for (let i = 0; i < 4; i++) await calls.refuse(1_000);
    await clock.advance(1_000);
    assert.equal(calls.open, 2);
  });

  it('wait for a time of their own where Graph names none', async () => {
    await begun(1);
    await calls.refuse();
    await clock.advance(1_999);
    assert.equal(calls.open, 0);
    await clock.advance(1);
    assert.equal(calls.open, 1);
  });

  it('that are refused for too long fail with the refusal', async () => {
    const ends = await begun(1);
    await calls.refuse(10_000);
    await clock.advance(10_000);
    assert.deepEqual(ends, []);
    await calls.refuse(10_000);
    assert.deepEqual(ends, ['THROTTLED']);
  });

  it('fail at once for any other reason, and hold up nobody', async () => {
    const failing = reads.run(signal, () =>
      Promise.reject(new GraphFailure({ code: 'USER_NOT_FOUND', message: 'No.' })),
    );
    await assert.rejects(failing, GraphFailure);
    await begun(4);
    assert.equal(calls.open, 4);
  });

  it('that are not wanted any more stop waiting', async () => {
    await begun(4);
    const stop = new AbortController();
    const waiting = reads.run(stop.signal, calls.read);
    stop.abort(new Error('stopped'));
    await assert.rejects(waiting, /stopped/);
    while (calls.open > 0) await calls.answer();
    assert.equal(calls.started, 4);
  });

  it('tell who is throttled for too long, beside those who were read', async () => {
    const graph = {
      usersLicenses: () => Promise.resolve([{ id: 'a' } as UserLicenses, throttled(20_000)]),
    } as unknown as GraphGateway;
    const [a, b] = await readUsers({ graph, bulkReads: reads }, ['a', 'b'], { signal });
    assert.deepEqual([a, b], [{ id: 'a' }, throttled(20_000)]);
  });

  it('ask again for those of a batch who were throttled, and for nobody else', async () => {
    const asked: (readonly string[])[] = [];
    const user = (id: string) => ({ id }) as UserLicenses;
    const gone: Failure = { code: 'USER_NOT_FOUND', message: 'No.' };
    const answers = [[user('a'), throttled(500), gone, throttled(1_000)], [throttled(200), user('d')], [user('b')]];
    const graph = {
      usersLicenses: (refs: readonly string[]) => Promise.resolve(answers[asked.push(refs) - 1] ?? []),
    } as unknown as GraphGateway;
    const reading = readUsers({ graph, bulkReads: reads }, ['a', 'b', 'c', 'd'], { signal });
    await settle();
    await clock.advance(1_000);
    await clock.advance(200);
    assert.deepEqual(await reading, [user('a'), user('b'), gone, user('d')]);
    assert.deepEqual(asked, [['a', 'b', 'c', 'd'], ['b', 'd'], ['b']]);
  });
});
