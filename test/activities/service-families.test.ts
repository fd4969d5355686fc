import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readServiceFamilies } from '../../src/activities/service-families.js';
import { PLAN } from '../../src/simulator/seed/sku-ids.js';
import { CONTENTS, SEVEN } from '../support/swaps.js';

describe('the table of service families', () => {
  const families = readServiceFamilies();

  it('puts the plans of one service in the order of their tiers', () => {
    const forms = [PLAN.FORMS_PLAN_E1, PLAN.FORMS_PLAN_E3, PLAN.FORMS_PLAN_E5].map((plan) => families.get(plan));
    assert.deepEqual(
      forms.map((place) => place?.service),
      ['forms', 'forms', 'forms'],
    );
    const tiers = forms.map((place) => place?.tier ?? 0);
    assert.deepEqual(
      tiers,
      [...tiers].sort((a, b) => a - b),
    );
    assert.equal(new Set(tiers).size, 3);
  });

  it('knows which services protect something', () => {
    assert.equal(families.get(PLAN.ATP_ENTERPRISE)?.security, true);
    assert.equal(families.get(PLAN.FORMS_PLAN_E3)?.security, false);
  });

  it('says the same of all plans of a service', () => {
    const said = new Map<string, boolean>();
    for (const { service, security } of families.values()) {
      assert.equal(said.get(service) ?? security, security, service);
      said.set(service, security);
    }
  });

  it('knows every plan of the seven products that people are moved between', () => {
    for (const sku of SEVEN) for (const plan of CONTENTS[sku]) assert.ok(families.has(plan), `${sku}: ${plan}`);
  });

  describe('is refused', () => {
    const HEAD = 'service,plan_name,plan_id,tier,security';
    const row = `forms,FORMS_PLAN_E3,${PLAN.FORMS_PLAN_E3},3,no`;
    const wrong: Record<string, string> = {
      'without a column': 'service,plan_name,plan_id,tier\nforms,X,2789c901-c14e-48ab-a76a-be334d9d793a,1',
      'with a tier that is no number': `${HEAD}\n${row.replace(',3,', ',best,')}`,
      'with a plan that is no GUID': `${HEAD}\nforms,X,X,1,no`,
      'with a plan in two families': `${HEAD}\n${row}\n${row.replace('forms', 'sway')}`,
    };
    for (const [what, text] of Object.entries(wrong))
      it(what, async () => {
        const folder = await mkdtemp(join(tmpdir(), 'licenseflow-families-'));
        try {
          const file = join(folder, 'families.csv');
          await writeFile(file, text);
          assert.throws(() => readServiceFamilies(file));
        } finally {
          await rm(folder, { recursive: true });
        }
      });
  });
});
