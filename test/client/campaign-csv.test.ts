import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import type { CampaignFile } from '../../src/client/campaign-csv.js';
import { CampaignCsvError, readCampaignCsv } from '../../src/client/campaign-csv.js';
import { cellsOfWish, wishOfCells } from '../../src/client/campaign-wish.js';
import { csvLine, guarded, unguarded } from '../../src/client/csv-text.js';
import { LicenseflowError } from '../../src/client/licenseflow-error.js';
import type { CampaignWish } from '../../src/contracts/campaign.js';

const NOTHING: CampaignWish = { add: [], remove: [] };
const SWAP: CampaignWish = {
  add: [{ sku: 'SPE_E5', disabledPlans: [], keepPlans: true }],
  remove: ['SPE_E3'],
  losing: ['Yammer'],
};

type Chunks = string | readonly (string | Buffer)[];

function read(csv: Chunks, wish: CampaignWish = SWAP): Promise<CampaignFile> {
  return readCampaignCsv(Readable.from(typeof csv === 'string' ? [csv] : csv), { wish, name: 'users.csv' });
}

async function refusalOf(csv: Chunks, wish?: CampaignWish): Promise<LicenseflowError> {
  const error: unknown = await read(csv, wish).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof LicenseflowError, `no refusal: ${String(error)}`);
  return error;
}

async function problemsOf(csv: Chunks, wish?: CampaignWish): Promise<readonly string[]> {
  const error = await refusalOf(csv, wish);
  assert.ok(error instanceof CampaignCsvError, error.message);
  assert.equal(error.kind, 'invalid');
  return error.problems.map(({ line, message }) => `${String(line)}: ${message}`);
}

const users = ({ rows }: CampaignFile) => rows.map(({ user }) => user);

describe('campaign CSV', () => {
  describe('reads', () => {
    const alike: [what: string, csv: Chunks][] = [
      ['plain', 'user,note\na@x.co,one\nb@x.co,two\n'],
      ['without a last line end', 'user,note\na@x.co,one\nb@x.co,two'],
      ['byte-order mark, semicolons, CRLF', '\ufeffuser;note\r\na@x.co;one\r\nb@x.co;two\r\n'],
      ['tabs', 'user\tnote\na@x.co\tone\nb@x.co\ttwo\n'],
      ['old line ends', 'user,note\ra@x.co,one\rb@x.co,two\r'],
      ['columns in another order and case', 'NOTE, User \none, a@x.co \ntwo,b@x.co\n'],
      ['quotes', '"user","note"\n"a@x.co","one"\n"b@x.co" , "two"\n'],
      ['empty cells at the end', 'user,note,,\na@x.co,one,,\nb@x.co,two,,\n'],
      ['columns of an export', 'user,state,code,note,page\na@x.co,failed,NO_SEATS,one,1\nb@x.co,failed,DRIFT,two,2\n'],
      ['bytes in any pieces', [...'\ufeffuser;note\r\na@x.co;one\r\nb@x.co;two'].map((letter) => Buffer.from(letter))],
    ];
    for (const [what, csv] of alike)
      it(what, async () => {
        const { rows, wishes, merged, name } = await read(csv);
        assert.deepEqual(rows, [
          { user: 'a@x.co', wish: 0, line: 2, note: 'one' },
          { user: 'b@x.co', wish: 0, line: 3, note: 'two' },
        ]);
        assert.deepEqual({ wishes, merged, name }, { wishes: [SWAP], merged: 0, name: 'users.csv' });
      });

    it('lines of the file, whatever stands between rows and inside quotes', async () => {
      const { rows } = await read('user,note\n\na@x.co,"x\r\ny\n""z"""\r\n  \n,\nb@x.co,two\rc@x.co,5" wide\n');
      assert.deepEqual(rows, [
        { user: 'a@x.co', wish: 0, line: 3, note: 'x\ny\n"z"' },
        { user: 'b@x.co', wish: 0, line: 8, note: 'two' },
        { user: 'c@x.co', wish: 0, line: 9, note: '5" wide' },
      ]);
    });

    it('letters that are cut by the pieces of a stream', async () => {
      const bytes = Buffer.from('user,note\nzoë@x.co,żółć 🙂\n');
      const { rows } = await read([...bytes].map((byte) => Buffer.from([byte])));
      assert.deepEqual(rows, [{ user: 'zoë@x.co', wish: 0, line: 2, note: 'żółć 🙂' }]);
    });

    it('the same user with the same wish once, and counts the others', async () => {
      const file = await read('user,add\na@x.co,EMS\nb@x.co,\nA@X.CO,ems\na@x.co,EMS\n');
      assert.deepEqual(users(file), ['a@x.co', 'b@x.co']);
      assert.equal(file.merged, 2);
      assert.equal(file.wishes.length, 2);
    });

    it('waves', async () => {
      const { rows } = await read('user,wave\na@x.co,2\nb@x.co,1\nc@x.co,2\n');
      assert.deepEqual(
        rows.map(({ wave }) => wave),
        [2, 1, 2],
      );
      const without = await read('user,wave\na@x.co,\nb@x.co,\n');
      assert.ok(without.rows.every((row) => !('wave' in row)));
    });
  });

  describe('wishes', () => {
    const cases: [what: string, header: string, row: string, wish: CampaignWish][] = [
      ['of the campaign', 'user', 'a@x.co', SWAP],
      ['of the campaign with a plan off', 'user,disabledPlans', 'a@x.co,"SWAY, TEAMS1"', {
        ...SWAP, add: [{ sku: 'SPE_E5', disabledPlans: ['SWAY', 'TEAMS1'], keepPlans: true }],
      }],
      ['of the row alone', 'user,add', 'a@x.co,EMS', { add: [{ sku: 'EMS', disabledPlans: [] }], remove: [] }],
      ['a row that adds and removes is a swap', 'user,add,remove', 'a@x.co,EMS|FLOW_FREE,O365_w/o Teams Bundle_M3', {
        add: [{ sku: 'EMS', disabledPlans: [], keepPlans: true }, { sku: 'FLOW_FREE', disabledPlans: [], keepPlans: true }],
        remove: ['O365_w/o Teams Bundle_M3'],
        losing: ['Yammer'],
      }],
      ['a row that only removes', 'user,remove,losing', 'a@x.co,SPE_E3,"Teams, Sway"', {
        add: [], remove: ['SPE_E3'], losing: ['Teams', 'Sway'],
      }],
      ['plans of several products', 'user;add;disabledPlans', 'a@x.co;"A;B";A:P1,P2|B:P3', {
        add: [{ sku: 'A', disabledPlans: ['P1', 'P2'] }, { sku: 'B', disabledPlans: ['P3'] }], remove: [],
      }],
      ['plans that are kept but for one', 'user,add,enabledPlans,keepPlans', 'a@x.co,A|B,A:P1,A', {
        add: [{ sku: 'A', disabledPlans: [], enabledPlans: ['P1'], keepPlans: true }, { sku: 'B', disabledPlans: [] }], remove: [],
      }],
      ['a swap that keeps nothing', 'user,add,remove,keepPlans', 'a@x.co,A,B,No', {
        add: [{ sku: 'A', disabledPlans: [] }], remove: ['B'], losing: ['Yammer'],
      }],
    ]; // prettier-ignore
    for (const [what, header, row, wish] of cases)
      it(what, async () => {
        const { wishes } = await read(`${header}\n${row}\n`);
        assert.deepEqual(wishes, [wish]);
      });

    const name = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_()/ ]{0,10}[A-Za-z0-9]$/);
    const plans = fc.uniqueArray(name, { selector: (text) => text.toLowerCase(), maxLength: 4 });
    const wishes = fc
      .record({
        skus: fc.uniqueArray(name, { selector: (text) => text.toLowerCase(), minLength: 1, maxLength: 5 }),
        added: fc.nat(5),
        plans: fc.array(plans, { minLength: 5, maxLength: 5 }),
        on: fc.array(fc.nat(4), { minLength: 5, maxLength: 5 }),
        keeps: fc.array(fc.boolean(), { minLength: 5, maxLength: 5 }),
        losing: fc.uniqueArray(name, { minLength: 1, maxLength: 3 }),
      })
      .map(({ skus, added, plans: named, on, keeps, losing }): CampaignWish => {
        const add = skus.slice(0, added).map((sku, i) => {
          const [all = [], keepPlans = false, cut = 0] = [named[i], keeps[i], on[i]];
          const enabledPlans = keepPlans ? all.slice(0, cut) : [];
          return {
            sku,
            disabledPlans: keepPlans ? all.slice(cut) : all,
            ...(enabledPlans.length > 0 && { enabledPlans }),
            ...(keepPlans && { keepPlans }),
          };
        });
        const remove = skus.slice(added);
        return { add, remove, ...(remove.length > 0 && { losing }) };
      });

    it('are read from the cells that say them', () => {
      fc.assert(
        fc.property(wishes, fc.option(fc.boolean(), { nil: undefined }), (wish, keepPlans) => {
          assert.deepEqual(wishOfCells(cellsOfWish(wish), { wish: SWAP, keepPlans }), { wish });
        }),
      );
    });
  });

  describe('refuses with the line', () => {
    const bad: [what: string, csv: Chunks, problem: RegExp][] = [
      ['no user', 'user,note\n,x\n', /^2: no user\. /],
      ['what is no user', 'user\nAdele Vance\n', /^2: "Adele Vance" is no user\. /],
      ['a damaged object id', 'user\n87d349ed-44d7-43e1-9a83\n', /^2: .* GUID/],
      ['a quote inside a user', 'user\nad"ele@x.co\n', /^2: .* is no user/],
      ['too few cells', 'user,note\na@x.co\n', /^2: it has 1 of 2 cells$/],
      ['too many cells', 'user;note\na@x.co;x;y\n', /^2: it has 3 cells where the header has 2; .*semicolon$/],
      ['wave 0', 'user,wave\na@x.co,0\n', /^2: "0" is no wave/],
      ['half a wave', 'user,wave\na@x.co,1.5\n', /^2: "1\.5" is no wave/],
      ['a wave too many', 'user,wave\na@x.co,101\n', /^2: "101" is no wave/],
      ['rows without a wave', 'user,wave\na@x.co,1\nb@x.co,\nc@x.co,\n', /^null: line 3, 4: no wave/],
      ['a gap between waves', 'user,wave\na@x.co,1\nb@x.co,4\n', /^null: nobody is of wave 2, 3, .* wave 4$/],
      ['a long note', `user,note\na@x.co,${'x'.repeat(501)}\n`, /^2: its note is longer than 500/],
      ['a product twice', 'user,add,remove\na@x.co,EMS,ems\n', /^2: "ems" is named more than once/],
      ['a damaged skuId', 'user,add\na@x.co,05e9a617-0261-4cee-bb44\n', /^2: "05e9a617-0261-4cee-bb44" is no product/],
      ['a plan of another product', 'user,add,disabledPlans\na@x.co,EMS,SPE_E5:SWAY\n', /^2: "SPE_E5" is not added/],
      ['a plan of one of two products', 'user,add,disabledPlans\na@x.co,A|B,SWAY\n', /^2: write SKU:PLAN, because 2/],
      ['a plan without a product', 'user,remove,disabledPlans\na@x.co,A,SWAY\n', /^2: write SKU:PLAN, because no/],
      ['plans that are missing', 'user,add,disabledPlans\na@x.co,A,A:\n', /^2: plans are written/],
      ['a plan on and off', 'user,add,remove,disabledPlans,enabledPlans\na@x.co,A,B,P,p\n', /^2: .* on and off/],
      ['a plan on that is on', 'user,add,enabledPlans\na@x.co,A,P\n', /^2: "A" comes with its plans on/],
      ['losing without removal', 'user,add,losing\na@x.co,A,Teams\n', /^2: nothing is removed/],
      ['another wish', 'user,add\na@x.co,EMS\nb@x.co,EMS\nA@x.co,FLOW_FREE\n', /^4: A@x.co is on line 2 already/],
      ['another wave', 'user,wave\na@x.co,1\na@x.co,2\nb@x.co,2\n', /^3: a@x.co is on line 2 already, .* wave/],
    ];
    for (const [what, csv, problem] of bad)
      it(what, async () => {
        const problems = await problemsOf(csv);
        assert.equal(problems.length, 1, problems.join('\n'));
        assert.match(problems[0] ?? '', problem);
      });

    it('a row without products where the campaign has none', async () => {
      assert.match((await problemsOf('user\na@x.co\n', NOTHING))[0] ?? '', /^2: it names no product/);
    });

    it('all of them in one go, and none of the good ones is taken', async () => {
      const problems = await problemsOf('user,note,add\nx,1,\na@x.co,2,\na@x.co,3,EMS\ny,4\nb@x.co,5,A|a\n');
      assert.deepEqual(
        problems.map((problem) => problem.replace(/:.*/u, '')),
        ['2', '4', '5', '6'],
      );
    });

    it('thousands, of which it shows some and counts the others', async () => {
      const rows = Array.from({ length: 5_000 }, (_, i) => `nobody ${String(i)}\n`);
      const error = await refusalOf(['user\n', ...rows]);
      assert.ok(error instanceof CampaignCsvError);
      assert.equal(error.count, 5_000);
      assert.equal(error.problems.length, 1_000);
      assert.equal(error.message.split('\n').length, 52);
      assert.match(error.message, /and 4950 more$/);
    });

    it('a wish too many', async () => {
      const rows = Array.from({ length: 202 }, (_, i) => `u${String(i)}@x.co,SKU_${String(i)}\n`);
      const problems = await problemsOf(['user,add\n', ...rows]);
      assert.deepEqual(
        problems.map((problem) => problem.replace(/:.*/u, '')),
        ['202', '203'],
      );
    });
  });

  describe('refuses as a whole', () => {
    const utf16 = Buffer.from('\ufeffuser\na@x.co\n', 'utf16le');
    const bad: [what: string, csv: Chunks, code: string, message: RegExp][] = [
      ['an empty file', '', 'EMPTY_FILE', /^users\.csv is empty/],
      ['blank lines', '\n \r\n\t\n', 'EMPTY_FILE', /is empty/],
      ['a header alone', 'user,note\n\n', 'NO_USERS', /names nobody/],
      ['no header', 'a@x.co,x\nb@x.co,y\n', 'BAD_HEADER', /has no header: its first row holds a user/],
      ['no user column', 'note,wave\nx,1\n', 'BAD_HEADER', /has no column "user"\.$/],
      ['a misspelt user column', 'usr,note\na@x.co,x\n', 'BAD_HEADER', /no column "user".*"usr" \(perhaps user\)/],
      ['unknown columns', 'user,nots,mail\na@x.co,,\n', 'BAD_HEADER', /"nots" \(perhaps note\), "mail"\.$/],
      ['a column twice', 'user,note,Note\na@x.co,,\n', 'BAD_HEADER', /column note more than once/],
      ['UTF-16', [utf16], 'NOT_CSV', /is UTF-16/],
      ['an Excel workbook', [Buffer.from('PK\u0003\u0004xxxx')], 'NOT_CSV', /Excel workbook/],
      ['a binary file', [Buffer.from([117, 115, 101, 114, 10, 97, 0, 1, 2])], 'NOT_CSV', /binary/],
      ['another encoding', [Buffer.from('user,note\na@x.co,x\nb@x.co,M\xfcller\n', 'latin1')], 'NOT_UTF8', /line 3/],
      ['half a letter at the end', [Buffer.from('user\na@x.co\n'), Buffer.from([0xc3])], 'NOT_UTF8', /line 3/],
      [
        'a quote that is never closed',
        'user,note\na@x.co,x\nb@x.co,"y\nc@x.co,z\n',
        'NOT_CSV',
        /line 3 is never closed/,
      ],
      ['text after a quote', 'user,note\na@x.co,x\nb@x.co,"y" z\nc@x.co,z\n', 'NOT_CSV', /line 3 something follows/],
    ];
    for (const [what, csv, code, message] of bad)
      it(what, async () => {
        const error = await refusalOf(csv);
        assert.deepEqual({ kind: error.kind, code: error.code }, { kind: 'invalid', code });
        assert.match(error.message, message);
        assert.notEqual(error.remedy, '');
      });

    it('with the bad rows that were found before', async () => {
      const problems = await problemsOf('user,note\nnobody,x\nb@x.co,"y\nc@x.co,z\n');
      assert.match(problems[0] ?? '', /^2: "nobody"/);
      assert.match(problems[1] ?? '', /line 3 is never closed/);
    });

    const endless: [what: string, head: string, piece: string, code: string][] = [
      ['one row without end', 'user\n', 'x'.repeat(10_000), 'NOT_CSV'],
      ['one quote without end', 'user\n"', 'x\n'.repeat(5_000), 'NOT_CSV'],
      ['a first row without end', '', 'x'.repeat(10_000), 'NOT_CSV'],
      ['nonsense without end', 'user\n', 'nonsense\n'.repeat(1_000), 'BAD_ROWS'],
    ];
    for (const [what, head, piece, code] of endless)
      it(`${what}, and stops reading`, async () => {
        let closed = false;
        function* pieces() {
          try {
            yield head;
            for (;;) yield piece;
          } finally {
            closed = true;
          }
        }
        const source = Readable.from(pieces());
        await assert.rejects(readCampaignCsv(source, { wish: SWAP }), { kind: 'invalid', code });
        assert.ok(source.destroyed && closed);
      });
  });

  describe('on disk', () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(path.join(tmpdir(), 'campaign-csv-'));
    });
    after(() => rm(folder, { recursive: true }));

    it('is called by its last part', async () => {
      const file = path.join(folder, 'move.csv');
      await writeFile(file, 'user\na@x.co\n');
      assert.equal((await readCampaignCsv(file, { wish: SWAP })).name, 'move.csv');
    });

    it('has to be there, and to be a file', async () => {
      const missing = path.join(folder, 'missing.csv');
      await assert.rejects(readCampaignCsv(missing, { wish: SWAP }), { kind: 'not-found', code: 'NO_SUCH_FILE' });
      await assert.rejects(readCampaignCsv(folder, { wish: SWAP }), { kind: 'invalid', code: 'NOT_A_FILE' });
    });
  });
});

describe('CSV for spreadsheets', () => {
  it('has no cell that is a formula', () => {
    for (const text of ['=1+1', '+1', '-1', '@x', '\tx', '\rx']) assert.equal(guarded(text), `'${text}`);
    for (const text of ['a@x.co', '', "o'neil@x.co", '1-1']) assert.equal(guarded(text), text);
  });

  it('gives back every cell', () => {
    const awkward = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("'", '=', '-', '@', '+', '\t', 'a') }));
    fc.assert(fc.property(awkward, (text) => assert.equal(unguarded(guarded(text)), text)));
  });

  it('is read as it was written', async () => {
    const letter = fc.constantFrom('a', "'", '-', '.', '_', '0', '#', '~');
    const upn = fc.string({ unit: letter, minLength: 1, maxLength: 8 }).map((name) => `${name}@x.co`);
    const note = fc.string({ unit: fc.constantFrom('a', ' ', '"', ',', ';', '=', '-', "'", '\n'), maxLength: 8 });
    const rows = fc.uniqueArray(
      fc.record({ user: upn, note: note.map((text) => text.trim()) }, { noNullPrototype: true }),
      {
        selector: ({ user }) => user,
        minLength: 1,
        maxLength: 20,
      },
    );
    await fc.assert(
      fc.asyncProperty(rows, async (written) => {
        const lines = [['user', 'note'], ...written.map(({ user, note: text }) => [user, text])].map(csvLine);
        const file = await read(`${lines.join('\r\n')}\r\n`);
        assert.deepEqual(
          file.rows.map(({ user, note: text = '' }) => ({ user, note: text })),
          written,
        );
      }),
    );
  });
});
