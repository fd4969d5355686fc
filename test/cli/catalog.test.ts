import assert from 'node:assert/strict';
import type { CatalogEntry } from '../../src/contracts/tenant.js';
import { E3 } from './fake-session.js';

const { run } = await import('./run-cli.js');

const DAY_MS = 86_400_000;
const REPORTS: CatalogEntry = {
  ...{ skuId: 'id-1', skuPartNumber: 'POWER_BI_PRO', name: 'Power BI Pro', need: 'Reports and dashboards' },
  ...{ free: 3, seatWaitMs: 7 * DAY_MS, decides: ['the manager', 'a member of Licence desk'] },
  ...{ autoApproved: ['department Sales', 'at least 5 free seats'], term: 'at most 30 days' },
  monthlyPrice: { amount: 9.4, currency: 'EUR' },
};
const OFFICE: CatalogEntry = {
  ...{ skuId: E3.skuId, skuPartNumber: 'SPE_E3', name: 'Microsoft 365 E3', need: null },
  ...{ free: 0, seatWaitMs: 7 * DAY_MS, decides: [], autoApproved: [], term: null },
  monthlyPrice: null,
};
const catalog = () => Promise.resolve([REPORTS, OFFICE]);
const calls = { tenant: { catalog } };

describe('licenseflow catalog', () => {
  it('lists what can be asked for, with seats, who decides, and how to ask', async () => {
    const { code, stdout, stderr } = await run(['catalog'], { calls });
    assert.equal(code, 0);
    assert.equal(
      stdout,
      'Reports and dashboards\tPower BI Pro\tPOWER_BI_PRO\t3 left\tthe manager, then a member of Licence desk' +
        '\tdepartment Sales; or at least 5 free seats\t€9.40\tat most 30 days\tid-1\n' +
        `\tMicrosoft 365 E3\tSPE_E3\tnone, waits up to 7 days\tnobody\t\t\t\t${E3.skuId}\n`,
    );
    assert.match(stderr, /request submit --for USER --add POWER_BI_PRO --reason TEXT/);
  });

  it('finds by words of the need, the name or the part number', async () => {
    const found = async (search: string) => {
      const { stdout } = await run(['catalog', '--search', search], { calls });
      return stdout.split('\n').filter((line) => line !== '').length;
    };
    assert.deepEqual(
      [
        await found('DASH'),
        await found('power reports'),
        await found('spe_e3'),
        await found('reports spe'),
        await found(''),
      ],
      [1, 1, 1, 0, 2],
    );
    assert.match((await run(['catalog', '--search', 'visio'], { calls })).stderr, /Nothing matches "visio"/);
  });

  it('says so where the policy offers nothing', async () => {
    const { stderr } = await run(['catalog'], { calls: { tenant: { catalog: () => Promise.resolve([]) } } });
    assert.match(stderr, /the policy offers no product/);
  });

  it('is a Catalog as JSON', async () => {
    const { stdout } = await run(['catalog', '--json'], { calls });
    assert.deepEqual(JSON.parse(stdout), { apiVersion: 'licenseflow/v1', kind: 'Catalog', items: [REPORTS, OFFICE] });
  });
});
