/** What an operator does to a namespace: doctor and setup. */
import assert from 'node:assert/strict';
import { LicenseflowError } from '../../src/client/licenseflow-error.js';
import { SEARCH_ATTRIBUTES } from '../../src/contracts/search-attributes.js';
import type { Finding } from '../../src/contracts/tenant.js';
import { memoryServer, OK_FINDING } from './fake-session.js';

const { run } = await import('./run-cli.js');

const REGISTERED = SEARCH_ATTRIBUTES.map(({ name, type }) => [name, type] as const);
const NAMES = SEARCH_ATTRIBUTES.map(({ name }) => name);

const healthy = () => ({
  server: memoryServer({ attributes: REGISTERED }),
  tenant: { check: () => Promise.resolve([OK_FINDING]) },
});

async function failedChecks(calls: Parameters<typeof run>[1], ...argv: readonly string[]): Promise<readonly string[]> {
  const { code, stdout } = await run(['doctor', '--json', ...argv], calls);
  const { items } = JSON.parse(stdout) as { items: readonly Finding[] };
  const failed = items.filter(({ verdict }) => verdict === 'failed');
  for (const { remedy } of failed) assert.ok(remedy, 'A failed check says what to do.');
  assert.equal(code, failed.length === 0 ? 0 : 1);
  return failed.map(({ check }) => check);
}

describe('licenseflow doctor', () => {
  it('finds nothing wrong where nothing is', async () => {
    assert.deepEqual(await failedChecks({ calls: healthy() }), []);
    const { stdout, stderr } = await run(['doctor'], { calls: healthy(), terminal: true, env: { NO_COLOR: '1' } });
    assert.match(stdout, /^ok {6} Temporal: Version 1\.32\.0 answers at localhost:7233/);
    assert.match(stderr, /Everything that must work does/);
  });

  it('goes on to nothing else where Temporal does not answer', async () => {
    const down = () => Promise.reject(new LicenseflowError('unreachable', 'NO_TEMPORAL', 'Gone.', 'Start it.'));
    assert.deepEqual(await failedChecks({ calls: down }), ['Temporal']);
  });

  it('finds a namespace that is missing', async () => {
    const server = memoryServer({ namespace: false, attributes: REGISTERED });
    assert.deepEqual(await failedChecks({ calls: { ...healthy(), server } }), ['Namespace']);
  });

  it('finds search attributes that are missing, and those of another type', async () => {
    const server = memoryServer({ attributes: [...REGISTERED.slice(2), ['LicenseState', 'TEXT']] });
    const { stdout } = await run(['doctor'], { calls: { ...healthy(), server } });
    assert.match(
      stdout,
      /failed\tSearch attributes\tNot registered: LicenseRequester\.\tRegister them: licenseflow setup/,
    );
    assert.match(stdout, /failed\tSearch attributes\tLicenseState has type TEXT, and KEYWORD is needed/);
  });

  it('warns of a retention below the rollback window', async () => {
    const { code, stdout } = await run(['doctor', '--rollback-window', '45d'], { calls: healthy() });
    assert.equal(code, 0);
    assert.match(stdout, /warning\tRetention\t.*30 days, .* 45 days.*\t.*--retention 45d/);
  });

  it('finds out that nobody works, although Temporal still remembers pollers', async () => {
    const server = {
      ...memoryServer({ attributes: REGISTERED }),
      lastPoll: () => Promise.resolve(new Date(Date.now() - 180_000)),
    };
    const silent = { check: () => Promise.reject(new LicenseflowError('unanswered', 'NO_ANSWER', 'None.', 'Start.')) };
    assert.deepEqual(await failedChecks({ calls: { server, tenant: silent } }), [
      ...['Workflows', 'Directory reads', 'Licence writes', 'Worker'],
    ]);
  });

  it('tells a clock that is off from a worker that is gone', async () => {
    const ahead = {
      ...memoryServer({ attributes: REGISTERED }),
      lastPoll: () => Promise.resolve(new Date(Date.now() + 300_000)),
    };
    const { code, stdout } = await run(['doctor'], { calls: { ...healthy(), server: ahead } });
    assert.equal(code, 0);
    assert.match(stdout, /warning\tClock of this machine\tOff by about -300 s/);
  });

  it('passes on what the worker finds', async () => {
    const found: Finding = { check: 'Permission', verdict: 'failed', text: 'None.', remedy: 'Grant it.' };
    const tenant = { check: () => Promise.resolve([found]) };
    assert.deepEqual(await failedChecks({ calls: { ...healthy(), tenant } }), ['Permission']);
  });
});

describe('licenseflow setup', () => {
  it('registers what is missing, once', async () => {
    const server = memoryServer({ attributes: REGISTERED.slice(0, 2) });
    for (const registered of [NAMES.slice(2), []]) {
      const { code, stdout } = await run(['setup', '--json'], { calls: { server } });
      const existing = NAMES.filter((name) => !registered.includes(name));
      assert.equal(code, 0);
      assert.deepEqual(JSON.parse(stdout), {
        ...{ apiVersion: 'licenseflow/v1', kind: 'Setup' },
        ...{ namespace: 'default', namespaceIs: 'existed', registered, existing },
      });
    }
    assert.deepEqual(server.calls, ['addSearchAttributes']);
  });

  it('creates the namespace only when asked', async () => {
    const server = memoryServer({ namespace: false });
    const { code, stderr } = await run(['setup'], { calls: { server } });
    assert.equal(code, 3);
    assert.match(stderr, /setup --create-namespace/);
    assert.deepEqual(server.calls, []);
    const created = await run(['setup', '--create-namespace', '--retention', '90d'], { calls: { server } });
    assert.equal(created.code, 0);
    assert.deepEqual(server.calls, ['createNamespace', 'addSearchAttributes']);
    assert.deepEqual(await server.namespace(), { retentionMs: 90 * 86_400_000 });
  });

  it('6, and changes nothing, where an attribute has another type', async () => {
    const server = memoryServer({ attributes: [['LicenseState', 'TEXT']] });
    const { code, stderr } = await run(['setup'], { calls: { server } });
    assert.equal(code, 6);
    assert.match(stderr, /LicenseState is TEXT and must be KEYWORD/);
    assert.deepEqual(server.calls, []);
  });
});
