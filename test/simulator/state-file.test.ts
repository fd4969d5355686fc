import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GROUPS, PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import { startSimulator, type Simulator } from '../../src/simulator/simulator.js';
import { loadState } from '../../src/simulator/state-file.js';
import { CERT_DIR } from './graph-session.js';

const all = (skuId: string) => ({ skuId, disabledPlans: [] });

describe('The state of a simulator', () => {
  let directory: string;
  let stateFile: string;
  const running: Simulator[] = [];
  const start = async (more: { users?: number; saveDelayMs?: number } = {}) => {
    const simulator = await startSimulator({ certDir: CERT_DIR, stateFile, ...more });
    running.push(simulator);
    return simulator;
  };
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'state-'));
    stateFile = join(directory, 'simulator.json');
  });
  afterEach(async () => {
    await Promise.all(running.splice(0).map((simulator) => simulator.close()));
    await rm(directory, { recursive: true, force: true });
  });

  it('survives its end: licences, seats, options, people, further tenants', async () => {
    const first = await start({ users: 10 });
    const { id: other } = await first.createTenant({ displayName: 'Fabrikam', seed: 'empty' });
    const tenant = first.tenant();
    tenant.changeLicenses(PEOPLE.adele.id, { addLicenses: [all(SKU.SPE_E3)], removeLicenses: [SKU.ENTERPRISEPACK] });
    tenant.setFreeSeats(SKU.SPE_E5, 3);
    tenant.setOptions({ writeLock: '409' });
    const { id } = tenant.createUser({ userPrincipalName: 'new@contoso.com', displayName: 'New Here' });
    const before = tenant.snapshot();
    await first.close();

    const second = await start();
    assert.deepEqual(second.tenant().snapshot(), before);
    assert.equal(second.tenant(other).displayName, 'Fabrikam');
    assert.equal(second.tenant().user(id).displayName, 'New Here');
    assert.deepEqual(second.tenant().assignedLicenses(PEOPLE.adele.id), [all(SKU.SPE_E3)]);
    assert.deepEqual(await readdir(directory), ['simulator.json'], 'no draft is left');
  });

  it('is saved by itself some time after a change', async () => {
    const simulator = await start({ saveDelayMs: 1 });
    simulator.tenant().updateUser(PEOPLE.adele.id, { city: 'Lagos' });
    const saved = async () =>
      (await loadState(stateFile))?.tenants[0]?.content.users.find(({ id }) => id === PEOPLE.adele.id);
    while ((await saved())?.city !== 'Lagos') await new Promise(setImmediate);
  });

  it('goes on with licences that were on their way to the members of a group', async () => {
    const first = await start();
    first.tenant().setOptions({ groupProcessingMs: 60_000 });
    first.tenant().addMember(GROUPS.sales.id, PEOPLE.amani.id);
    first.tenant().setOptions({ groupProcessingMs: 0 });
    await first.close();
    const second = await start();
    await second.tenant().settled();
    assert.deepEqual(second.tenant().assignedLicenses(PEOPLE.amani.id), [all(SKU.ENTERPRISEPACK)]);
  });

  it('is never loaded from a part of it, and says what to do', async () => {
    const first = await start();
    first.tenant().updateUser(PEOPLE.adele.id, { city: 'Lagos' });
    await first.close();
    const { length } = await readFile(stateFile);
    for (const part of [length - 1, Math.floor(length / 2), 1, 0]) {
      await truncate(stateFile, part);
      await assert.rejects(
        start(),
        (error: Error) => error.message.includes(stateFile) && /Delete it/.test(error.message),
      );
    }
    await rm(stateFile);
    assert.equal((await start()).tenant().user(PEOPLE.adele.id).city, PEOPLE.adele.city);
  });

  it('can be reset to the seed it came from', async () => {
    const first = await start({ users: 5 });
    first.tenant().deleteUser(PEOPLE.adele.id);
    const { id } = first.tenant();
    await first.close();
    const second = await start();
    assert.notEqual(second.tenant().user(PEOPLE.adele.id).deletedDateTime, null);
    const fresh = await second.resetTenant(id);
    assert.equal(fresh.user(PEOPLE.adele.id).deletedDateTime, null);
    assert.equal(fresh.directory.userCount(), Object.keys(PEOPLE).length + 5);
    assert.equal(second.tenant(), fresh);
  });
});
