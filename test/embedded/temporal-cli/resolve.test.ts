import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { FetchRoute } from '../../../src/embedded/temporal-cli/fetch-route.js';
import { NoTemporalCli, type ResolveOptions, resolveTemporal } from '../../../src/embedded/temporal-cli/resolve.js';
import { OLD_VERSION, cliScript, fakeExecutable } from '../fake-executable.js';
import { temporaryFolders } from '../temporary-folder.js';

describe('finding Temporal', () => {
  const folder = temporaryFolders();
  let env: NodeJS.ProcessEnv;
  let said: string[];
  let fetched: string[];

  beforeEach(async () => {
    env = { PATH: await folder(), LICENSEFLOW_CACHE: await folder() };
    said = [];
    fetched = [];
  });

  function route(id: string, script: string | Error): FetchRoute {
    return {
      id,
      origin: `the ${id} route`,
      async fetch(into) {
        fetched.push(id);
        if (script instanceof Error) throw script;
        return await fakeExecutable(into, 'temporal', script);
      },
    };
  }

  async function resolve(fetchRoutes: readonly FetchRoute[], more: Partial<ResolveOptions> = {}) {
    return await resolveTemporal({ env, fetchRoutes, log: (sentence) => said.push(sentence), ...more });
  }

  async function path(fetchRoutes: readonly FetchRoute[]): Promise<string> {
    const source = await resolve(fetchRoutes);
    assert.equal(source.kind, 'cli');
    return source.kind === 'cli' ? source.cli.path : '';
  }

  it('uses a server that is named, whatever else there is', async () => {
    Object.assign(env, { TEMPORAL_ADDRESS: '10.0.0.1:7233', TEMPORAL_CLI_PATH: '/missing' });
    assert.deepEqual(await resolve([]), { kind: 'server', address: '10.0.0.1:7233' });
  });

  it('goes by the order: named, on the PATH, cached, fetched', async () => {
    const good = route('good', cliScript());
    const cached = join(env['LICENSEFLOW_CACHE'] ?? '', 'temporal-cli', 'temporal-good');
    assert.equal(await path([good]), cached);
    assert.equal(await path([route('blocked', new Error('blocked')), good]), cached);
    const onPath = await fakeExecutable(env['PATH'] ?? '', 'temporal', cliScript());
    assert.equal(await path([good]), onPath);
    env['TEMPORAL_CLI_PATH'] = await fakeExecutable(await folder(), 'mine', cliScript());
    assert.equal(await path([good]), env['TEMPORAL_CLI_PATH']);
    assert.deepEqual(fetched, ['good'], 'fetched once, and no blocked route is tried while a cached one works');
  });

  it('does not silently go on from a TEMPORAL_CLI_PATH that does not work', async () => {
    env['TEMPORAL_CLI_PATH'] = '/missing';
    await assert.rejects(resolve([route('good', cliScript())]), /^Error: TEMPORAL_CLI_PATH cannot be used/);
    assert.deepEqual(fetched, []);
  });

  it('says that the installed one is too old, and goes on', async () => {
    await fakeExecutable(env['PATH'] ?? '', 'temporal', cliScript(OLD_VERSION));
    assert.match(await path([route('good', cliScript())]), /temporal-good$/);
    assert.match(said[0] ?? '', /^Not using the installed Temporal CLI: .* server 1\.25\.0, and licenseflow needs/);
  });

  it('says what it fetches from where, and falls through to the next', async () => {
    await path([route('first', new Error('blocked')), route('second', 'no program'), route('third', cliScript())]);
    assert.deepEqual(fetched, ['first', 'second', 'third']);
    const kept = join(env['LICENSEFLOW_CACHE'] ?? '', 'temporal-cli');
    assert.equal(said[0], `Fetching the Temporal CLI from the first route; it is kept in ${kept}.`);
    assert.equal(said[1], 'That did not work: blocked.');
    said = [];
    await path([route('third', cliScript())]);
    assert.deepEqual(said, [], 'nothing is said when nothing is fetched');
  });

  it('lists every route and what to do when all fail', async () => {
    await fakeExecutable(env['PATH'] ?? '', 'temporal', cliScript(OLD_VERSION));
    const routes = [route('first', new Error('status 403')), route('second', new Error('no Python with pip'))];
    await assert.rejects(resolve(routes), (error) => {
      assert.ok(error instanceof NoTemporalCli);
      const expected = [
        'TEMPORAL_ADDRESS',
        'TEMPORAL_CLI_PATH',
        'temporal on the PATH',
        'the first route',
        'the second route',
      ];
      assert.deepEqual(
        error.attempts.map((attempt) => attempt.route),
        expected,
      );
      for (const { route: name, reason } of error.attempts) assert.ok(error.message.includes(`- ${name}: ${reason}`));
      assert.match(error.message, /server 1\.25\.0/);
      assert.match(error.message, /Install the Temporal CLI .* TEMPORAL_ADDRESS to the address/s);
      return true;
    });
  });

  it('tries no further route when it is aborted', async () => {
    const stop = new AbortController();
    const aborting = route('first', new Error('interrupted'));
    const routes = [
      {
        ...aborting,
        fetch: (...args: Parameters<FetchRoute['fetch']>) => (stop.abort(new Error('enough')), aborting.fetch(...args)),
      },
      route('second', cliScript()),
    ];
    await assert.rejects(resolve(routes, { signal: stop.signal }), /^Error: enough/);
    assert.deepEqual(fetched, ['first']);
  });
});
