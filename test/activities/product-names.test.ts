import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { productTable } from '../../src/activities/product-names.js';

describe('product names', () => {
  const table = productTable();

  const NAMES: [id: string, name: string | null][] = [
    // The first row, behind the byte-order mark.
    ['d2dea78b-507c-4e56-b400-39447f4738f8', 'AI Builder Capacity add-on'],
    ['06EBC4EE-1BB5-47DD-8120-11324BC54E06', 'Microsoft 365 E5'],
    // Two products of one part number, MCOPSTN5.
    ['d43177b5-475b-4880-92d4-d54c27b5efbd', 'Skype for Business PSTN Calling Domestic Small'],
    ['54a152dc-90de-4996-93d2-bc47e670fc06', 'Skype for Business PSTN Domestic Calling (120 Minutes)'],
    ['00000000-0000-0000-0000-000000000000', null],
  ];
  for (const [id, name] of NAMES)
    it(`${id} is ${name ?? 'not known'}`, () => {
      assert.equal(table.nameOf(id), name);
    });

  it('of services are known too', () => {
    assert.equal(table.planNameOf('EFB87545-963C-4E0D-99DF-69C6916D9EB0'), 'EXCHANGE ONLINE (PLAN 2)');
    assert.equal(table.planNameOf('00000000-0000-0000-0000-000000000000'), null);
  });

  describe('of another table', () => {
    let folder: string;
    let file: string;
    before(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'names-'));
      file = path.join(folder, 'table.csv');
    });
    after(() => rm(folder, { recursive: true }));

    const HEAD =
      '\ufeffProduct_Display_Name,String_Id,GUID,Service_Plan_Name,Service_Plan_Id,Service_Plans_Included_Friendly_Names';

    it('may stand in quotes, hold commas and odd spaces; the first name of a product counts', async () => {
      await writeFile(file, `${HEAD}\n"A,\u00a0 B ","P,Q",AA,p,bb,"x, y"\nlater,P,aa,p,bb,later\n`);
      const other = productTable(file);
      assert.equal(other.nameOf('aa'), 'A, B');
      assert.equal(other.planNameOf('BB'), 'x, y');
    });

    it('are read at the first question and once', async () => {
      const other = productTable(path.join(folder, 'later.csv'));
      await writeFile(path.join(folder, 'later.csv'), `${HEAD}\nfirst,P,aa,p,bb,x\n`);
      assert.equal(other.nameOf('aa'), 'first');
      await rm(path.join(folder, 'later.csv'));
      assert.equal(other.nameOf('aa'), 'first');
    });

    it('are refused where the columns are others', async () => {
      await writeFile(file, 'a,b\n1,2\n');
      assert.throws(() => productTable(file).nameOf('aa'), /has no column "GUID"/);
    });
  });
});
