/** The commands of the simulator, against a real one. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Simulator } from '../../src/simulator/simulator.js';
import { startSimulator } from '../../src/simulator/simulator.js';

const { run } = await import('./run-cli.js');

describe('licenseflow sim', () => {
  let folder: string;
  let simulator: Simulator;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'licenseflow-sim-'));
    simulator = await startSimulator({ certDir: folder });
  });
  after(async () => {
    await simulator.close();
    await rm(folder, { recursive: true });
  });

  const sim = async (...argv: readonly string[]) => run(['sim', ...argv, '--control', simulator.controlUrl]);

  it('shows the tenant, and all of it as JSON', async () => {
    assert.match((await sim('state')).stdout, /^Tenant\tContoso \(contoso\.com/);
    const { stdout } = await sim('state', '--full', '--json');
    const { kind, tenant } = JSON.parse(stdout) as { kind: string; tenant: { users: unknown[] } };
    assert.equal(kind, 'SimulatedTenant');
    assert.ok(tenant.users.length > 20);
    assert.equal((await sim('state', '--full')).code, 2);
  });

  it('sets free seats by part number', async () => {
    assert.equal((await sim('seats', 'set', 'spe_e5', '3')).stdout, 'SPE_E5: 3 free\n');
    const sku = simulator
      .tenant()
      .skus()
      .find(({ skuPartNumber }) => skuPartNumber === 'SPE_E5');
    assert.ok(sku !== undefined);
    assert.equal(sku.prepaidUnits.enabled - sku.consumedUnits, 3);
    assert.equal((await sim('seats', 'set', 'NOPE', '3')).code, 3);
  });

  it('adds, lists and clears faults', async () => {
    const match = ['--method', 'POST', '--path', '/users/*/assignLicense', '--user', 'AdeleV@contoso.com'];
    const when = ['--after', '1', '--times', '2', '--probability', '0.5'];
    const added = await sim('fault', 'add', 'throttle', '--set', 'retryAfterSeconds=10', ...match, ...when);
    assert.match(added.stdout, /^fault-\d+\n$/);
    const { id } = simulator.tenant().user('AdeleV@contoso.com');
    const [fault] = simulator.tenant().listFaults();
    assert.deepEqual(fault?.rule, {
      match: { method: 'POST', path: '/users/*/assignLicense', userId: id },
      ...{ after: 1, times: 2, probability: 0.5 },
      fault: { kind: 'throttle', retryAfterSeconds: 10, code: 'TooManyRequests' },
    });
    assert.match((await sim('fault', 'list')).stdout, /throttle.*\t2\t0\t0\n$/);
    assert.match((await sim('fault', 'clear')).stderr, /No fault is in force/);
    assert.deepEqual(simulator.tenant().listFaults(), []);
  });

  it('1, with the simulator’s own sentence, for a fault that it does not know so', async () => {
    const { code, stderr } = await sim('fault', 'add', 'throttle', '--set', 'nonsense=1');
    assert.equal(code, 1);
    assert.match(stderr, /The simulator refused .*nonsense/);
  });

  it('shows and changes people', async () => {
    const { stdout } = await sim('user', 'patch', 'AdeleV@contoso.com', 'usageLocation=null', 'jobTitle=Head of "X"');
    assert.match(stdout, /Usage location\tnone\n/);
    assert.match(stdout, /Holds\tENTERPRISEPACK directly/);
    assert.equal(simulator.tenant().user('AdeleV@contoso.com').jobTitle, 'Head of "X"');
    assert.match((await sim('user', 'show', 'AdeleV@contoso.com')).stdout, /Manager\tMeganB@contoso\.com/);
    assert.equal((await sim('user', 'show', 'nobody@contoso.com')).code, 1);
  });

  it('shows the timeline of a person and the log of calls', async () => {
    simulator.tenant().changeLicenses('AlexW@contoso.com', {
      addLicenses: [{ skuId: 'f30db892-07e9-47e9-837c-80727f46fd3d', disabledPlans: [] }],
      removeLicenses: [],
    });
    assert.match((await sim('timeline', 'AlexW@contoso.com')).stdout, /\tstart\n.*FLOW_FREE.*\tcontrol\n$/);
    assert.deepEqual(await sim('log', '--writes', '--json'), {
      ...{ code: 0, stderr: '' },
      stdout: '{\n  "apiVersion": "licenseflow/v1",\n  "kind": "SimulatedCallList",\n  "items": []\n}\n',
    });
  });

  it('shows the mails that were sent, all of them or to one person, as a list or in full', async () => {
    const tenant = simulator.tenant();
    const mail = (subject: string, address: string, contentType: string, content: string) =>
      tenant.mails.push({
        at: Date.parse('2026-03-01T09:00:00Z'),
        fromUserId: tenant.user('info@contoso.com').id,
        message: { subject, body: { contentType, content }, toRecipients: [{ emailAddress: { address } }] },
      });
    mail(
      'First',
      'meganb@contoso.com',
      'HTML',
      '<head><title>no</title></head><p>It&#39;s</p>\n<ul><li>1 &#60; 2</li></ul>',
    );
    mail('Second', 'AdeleV@contoso.com', 'Text', 'Plain.');
    assert.equal(
      (await sim('mails')).stdout,
      '2026-03-01T09:00:00.000Z\tinfo@contoso.com\tmeganb@contoso.com\tFirst\n' +
        '2026-03-01T09:00:00.000Z\tinfo@contoso.com\tAdeleV@contoso.com\tSecond\n',
    );
    const { stdout } = await sim('mails', '--user', 'MeganB@contoso.com', '--full');
    assert.match(stdout, /Subject\tFirst\n\nIt's\n- 1 < 2\n/);
    assert.doesNotMatch(stdout, /Second|<p>|no/);
    const { kind, items } = JSON.parse((await sim('mails', '--limit', '1', '--json')).stdout) as {
      kind: string;
      items: { subject: string }[];
    };
    assert.deepEqual([kind, items.map(({ subject }) => subject)], ['SimulatedMailList', ['Second']]);
  });

  it('makes the tenant anew, once that is confirmed', async () => {
    simulator.tenant().updateUser('AdeleV@contoso.com', { usageLocation: 'DE' });
    assert.equal((await sim('reset')).code, 2);
    assert.equal(simulator.tenant().user('AdeleV@contoso.com').usageLocation, 'DE');
    assert.equal((await sim('reset', '--yes')).code, 0);
    assert.equal(simulator.tenant().user('AdeleV@contoso.com').usageLocation, 'US');
  });

  it('4 where no simulator runs', async () => {
    const { code, stderr } = await run(['sim', 'state'], { cwd: folder });
    assert.equal(code, 4);
    assert.match(stderr, /npm start/);
  });
});
