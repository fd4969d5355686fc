/** The export as a file, and the commands around it, without a server. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { auditCsv, auditNdjson, readAuditFile } from '../../src/client/audit-file.js';
import { headAt } from '../../src/domain/audit.js';
import { ADELE, E3, eventWith, MEGAN } from './sample-events.js';
import { chained, trailOf } from './sample-trail.js';

const { run } = await import('../cli/run-cli.js');

const ENTRIES = chained([
  eventWith({ seq: 1, kind: 'request.submitted', reason: '=HYPERLINK("x"), "quoted"\nand a line' }),
  eventWith({ seq: 2, kind: 'request.decided', actor: { ...MEGAN, assurance: 'asserted' }, outcome: 'approve' }),
  eventWith({ seq: 3, details: { products: { [E3]: 'Microsoft 365 E3' } } }),
  eventWith({
    seq: 1,
    source: 'license-rollback/lr-1',
    kind: 'rollback.asked',
    reason: 'left',
    actor: { ...MEGAN, assurance: 'asserted' },
  }),
  eventWith({
    seq: 2,
    source: 'license-rollback/lr-1',
    kind: 'rollback.ended',
    before: { [E3]: [] },
    after: { [E3]: null },
    outcome: 'restored',
  }),
]);
const LAST = ENTRIES.at(-1);
const HEAD = LAST === undefined ? null : headAt(LAST);
const FORMATS = { ndjson: auditNdjson, csv: auditCsv } as const;

async function linesOf(format: keyof typeof FORMATS): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of FORMATS[format](trailOf(ENTRIES))) lines.push(line);
  return lines;
}

const kinds = async (lines: readonly string[], kept: Parameters<typeof readAuditFile>[1] = []) =>
  (await readAuditFile(lines, kept)).problems.map(({ kind }) => kind);

for (const format of ['ndjson', 'csv'] as const)
  describe(`an export of the audit trail as ${format}`, () => {
    const first = format === 'csv' ? 1 : 0;
    let lines: string[];
    beforeEach(async () => {
      lines = await linesOf(format);
    });

    it('is whole, and says everything', async () => {
      const { entries, head, problems } = await readAuditFile(lines);
      assert.deepEqual([entries, head, problems], [ENTRIES, HEAD, []]);
    });

    it('shows a line that was removed', async () => {
      for (let i = 0; i < ENTRIES.length; i++)
        assert.ok(
          (await kinds(lines.toSpliced(first + i, 1))).some((kind) => kind === 'missing' || kind === 'cut-off'),
        );
    });

    it('shows a line that was edited', async () => {
      const edited = lines.map((line) => line.replaceAll('rollback.asked', 'rollback.ended'));
      assert.ok((await kinds(edited)).includes('edited'));
    });

    it('shows lines that changed places', async () => {
      const swapped = lines.with(first, lines[first + 2] ?? '').with(first + 2, lines[first] ?? '');
      assert.ok((await kinds(swapped)).includes('missing'));
    });

    it('shows an end that was cut off, with and without its closing line, and in the middle of a line', async () => {
      assert.deepEqual(await kinds(lines.slice(0, -1)), ['unclosed']);
      assert.deepEqual(await kinds(lines.toSpliced(-3, 2)), ['cut-off']);
      const half = lines.join('').slice(0, -200);
      assert.ok((await kinds([half])).includes('unclosed'));
    });

    it('shows an end that was cut off and closed anew by a head that was kept, and by nothing else', async () => {
      const shorter: string[] = [];
      for await (const line of FORMATS[format](trailOf(ENTRIES.slice(0, 3)))) shorter.push(line);
      assert.deepEqual(await kinds(shorter), []);
      assert.deepEqual(await kinds(shorter, HEAD === null ? [] : [HEAD]), ['cut-off']);
    });
  });

describe('an export of the audit trail as csv', () => {
  it('holds no formula, and shows a column for people that was edited', async () => {
    const lines = await linesOf('csv');
    assert.ok(lines.join('').includes(`"'=HYPERLINK`));
    const edited = lines.map((line) => line.replace('Megan Bowen <', 'Joni Sherman <'));
    assert.deepEqual(await kinds(edited), ['edited', 'edited']);
  });
});

describe('licenseflow audit', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'audit-cli-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));
  const calls = { audit: { whole: () => Promise.resolve(trailOf(ENTRIES)) } };
  const here = () => ({ calls, cwd: folder });

  it('exports, keeps the head, and verifies the file by itself', async () => {
    const exported = await run(['audit', 'export', '-o', 'audit.csv', '--save-head', 'head.json'], here());
    assert.equal(exported.code, 0, exported.stderr);
    assert.match(exported.stderr, new RegExp(`5:${HEAD?.hash ?? ''}`));
    assert.deepEqual(JSON.parse(await readFile(join(folder, 'head.json'), 'utf8')), HEAD);
    const verified = await run(['audit', 'verify', 'audit.csv', '--head-file', 'head.json', '--json'], {
      ...here(),
      calls: {},
    });
    assert.equal(verified.code, 0, verified.stderr);
    const { whole, problems, head } = JSON.parse(verified.stdout) as Record<string, unknown>;
    assert.deepEqual([whole, problems, head], [true, [], HEAD]);
  });

  it('ends with 1 where a file is not whole, and says which entry', async () => {
    await run(['audit', 'export', '-o', 'audit.ndjson'], here());
    const text = await readFile(join(folder, 'audit.ndjson'), 'utf8');
    await writeFile(join(folder, 'edited.ndjson'), text.replace('"left"', '"right"'));
    const { code, stdout } = await run(['audit', 'verify', 'edited.ndjson'], here());
    assert.equal(code, 1);
    assert.match(stdout, /^4\tedited\t/m);
    const history = await run(['audit', 'history', ADELE.upn, '--file', 'edited.ndjson'], here());
    assert.equal(history.code, 1);
    assert.match(history.stderr, /not whole/);
  });

  it('tells the history of a person from a file alone', async () => {
    await run(['audit', 'export', '-o', 'audit.ndjson'], here());
    const argv = ['audit', 'history', ADELE.upn.toLowerCase(), '--file', 'audit.ndjson', '--json'];
    const { code, stdout, stderr } = await run(argv, { ...here(), calls: {} });
    assert.equal(code, 0, stderr);
    const { changes, held } = JSON.parse(stdout) as { changes: Record<string, unknown>[]; held: unknown };
    assert.deepEqual(
      changes.map(({ kind, outcome }) => [kind, outcome]),
      [
        ['request.assigned', 'done'],
        ['rollback.ended', 'restored'],
      ],
    );
    assert.deepEqual(changes[0]?.['decidedBy'], [{ ...MEGAN, assurance: 'asserted' }]);
    assert.deepEqual(changes[1]?.['reason'], 'left');
    assert.deepEqual(held, { [E3]: null });
    assert.equal((await run(['audit', 'history', 'nobody@contoso.com', '--file', 'audit.ndjson'], here())).code, 3);
  });

  it('searches for what is named', async () => {
    const asked: unknown[] = [];
    const search = (...given: unknown[]) => {
      asked.push(given);
      return Promise.resolve({
        entries: [...ENTRIES].reverse(),
        more: true,
        head: HEAD ?? { tenant: '', entries: 0, hash: '' },
      });
    };
    const argv = [
      'audit',
      'search',
      '--person',
      ADELE.upn,
      '--kind',
      'request.decided',
      '--since',
      '2026-01-01',
      '--limit',
      '5',
    ];
    const { code, stdout, stderr } = await run(argv, { calls: { audit: { search } } });
    assert.equal(code, 0, stderr);
    assert.deepEqual(asked, [
      [{ person: ADELE.upn, kinds: ['request.decided'], since: '2026-01-01T00:00:00.000Z' }, 5, null],
    ]);
    assert.equal(stdout.trim().split('\n').length, ENTRIES.length);
    assert.match(stderr, /--behind 1/);
  });

  it('refuses what is no export, no head and no kind', async () => {
    await writeFile(join(folder, 'other.csv'), 'a,b\n1,2\n');
    assert.equal((await run(['audit', 'verify', 'other.csv'], here())).code, 2);
    assert.equal((await run(['audit', 'verify', 'missing.csv'], here())).code, 2);
    assert.equal((await run(['audit', 'verify', '--head', '5:abc'], here())).code, 2);
    assert.equal((await run(['audit', 'search', '--kind', 'request.eaten'], here())).code, 2);
  });
});
