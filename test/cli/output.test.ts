import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { OutputOptions } from '../../src/cli/output.js';
import { Screen } from '../../src/cli/screen.js';
import { Output } from '../../src/cli/output.js';
import { localTime } from '../../src/cli/local-time.js';
import { E3 } from './fake-session.js';

const { run } = await import('./run-cli.js');

function writing(options: Partial<OutputOptions> = {}) {
  const written = { stdout: '', stderr: '' };
  const out = new Output({
    stdout: { write: (text) => (written.stdout += text) },
    stderr: { write: (text) => (written.stderr += text), isTTY: options.form === 'terminal' },
    ...{ form: 'plain', color: true, verbose: false, timeZone: 'UTC' },
    ...options,
  });
  return { out, written };
}

const COLUMNS = [
  { title: 'NAME', cell: ({ name }: { name: string }) => name },
  { title: 'ID', cell: () => 7, wide: true },
  { title: 'NOTE', cell: () => null },
] as const;
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e]/u;

describe('plain output', () => {
  it('is one record a line with all columns, whatever the cells hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), async (names) => {
        const { out, written } = writing();
        await out.table(
          COLUMNS,
          names.map((name) => ({ name })),
        );
        const lines = written.stdout.split('\n');
        assert.equal(lines.pop(), '');
        assert.equal(lines.length, names.length);
        for (const line of lines) {
          assert.equal(line.split('\t').length, 3);
          assert.doesNotMatch(line, CONTROL);
        }
      }),
    );
  });

  it('has no titles, no colours, and instants as they came', async () => {
    const { out, written } = writing();
    await out.table(COLUMNS, [{ name: out.colors.red('Adele') }]);
    out.line(out.time('2026-03-01T14:30:00.000Z'));
    assert.equal(written.stdout, 'Adele\t7\t\n2026-03-01T14:30:00.000Z\n');
  });
});

describe('output on a terminal', () => {
  it('has titles, no trailing blanks, and wide columns with --verbose only', async () => {
    const short = writing({ form: 'terminal', color: false });
    await short.out.table(COLUMNS, [{ name: 'Adele' }]);
    assert.equal(short.written.stdout, 'NAME   NOTE\nAdele\n');
    const long = writing({ form: 'terminal', color: false, verbose: true });
    await long.out.table(COLUMNS, [{ name: 'Adele' }]);
    assert.equal(long.written.stdout, 'NAME   ID  NOTE\nAdele  7\n');
  });

  it('wraps the widest cells between words where the terminal is too narrow, and keeps words whole', async () => {
    const written = { stdout: '' };
    const stdout = { write: (text: string) => (written.stdout += text), columns: 30 };
    const { out } = writing({ form: 'terminal', color: false, stdout });
    const columns = [
      { title: 'ID', cell: ({ id }: { id: string }) => id },
      { title: 'WHO DECIDES', cell: () => 'her manager, then the owners of the group' },
    ];
    await out.table(columns, [{ id: 'lr-20260301-k7m3q9' }, { id: 'lr-1' }]);
    const lines = written.stdout.split('\n');
    assert.ok(
      lines.every(({ length }) => length <= 30),
      written.stdout,
    );
    assert.match(written.stdout, /^lr-20260301-k7m3q9 {2}her$/mu);
    assert.equal(written.stdout.match(/manager,/gu)?.length, 2);
  });

  it('is whole where the terminal does not know how wide it is', async () => {
    const written = { stdout: '' };
    const stdout = { write: (text: string) => (written.stdout += text), columns: 0 };
    const { out } = writing({ form: 'terminal', color: false, stdout });
    await out.table(COLUMNS, [{ name: 'Adele' }]);
    new Screen(stdout).draw(out, [['State', 'running, wave 2 of 2']]);
    assert.equal(written.stdout, 'NAME   NOTE\nAdele\nState  running, wave 2 of 2\n');
  });

  it('does not pass on what would steer the terminal', () => {
    const { out, written } = writing({ form: 'terminal' });
    out.fields([['Reason', 'a\u001b]0;owned\u0007b\u001b[2Jc\r\nd\u202Ee']]);
    out.note('x\u001b[3Ay');
    out.error({ kind: '', code: '', exitCode: 1, message: '\u001bc', remedy: null, detail: null });
    assert.match(written.stdout, /a\]0;ownedb\[2Jc de\n$/);
    assert.match(written.stderr, /^x\[3Ay\n/);
    assert.doesNotMatch(written.stderr, /\u001bc/u);
  });

  it('aligns fields, says a repeated label once, and leaves out what is empty', () => {
    const { out, written } = writing({ form: 'terminal', color: false });
    out.fields([
      ['Request', 'lr-1'],
      ['Now', 'one'],
      ['Now', 'two'],
      ['Seats', null],
      ['Plan', ''],
    ]);
    assert.equal(written.stdout, 'Request  lr-1\nNow      one\n         two\n');
  });

  it('is coloured, unless NO_COLOR, TERM=dumb, --no-color or a pipe says otherwise', async () => {
    const calls = { tenant: { seats: () => Promise.resolve([E3]) } };
    const colored = async (argv: readonly string[], env: NodeJS.ProcessEnv, terminal = true): Promise<boolean> =>
      (await run(['seats', ...argv], { calls, env, terminal })).stdout.includes('\u001b[');
    assert.equal(await colored([], {}), true);
    assert.equal(await colored([], { NO_COLOR: '1' }), false);
    assert.equal(await colored([], { NO_COLOR: '' }), true);
    assert.equal(await colored([], { TERM: 'dumb' }), false);
    assert.equal(await colored(['--no-color'], {}), false);
    assert.equal(await colored(['--plain'], {}), false);
    assert.equal(await colored([], {}, false), false);
  });
});

describe('JSON output', () => {
  it('is one document, and nothing else is said', async () => {
    const { out, written } = writing({ form: 'json' });
    await out.result('Thing', { a: 1 }, () => out.line('for people'));
    out.note('note');
    out.warn('warning');
    out.next('command');
    assert.deepEqual(JSON.parse(written.stdout), { apiVersion: 'licenseflow/v1', kind: 'Thing', a: 1 });
    assert.equal(written.stderr, '');
  });
});

describe('local time', () => {
  for (const [zone, text] of Object.entries({
    UTC: '2026-03-01 22:30 UTC',
    'Europe/Berlin': '2026-03-01 22:30 UTC (23:30 CET)',
    'Asia/Tokyo': /^2026-03-01 22:30 UTC \(2026-03-02 07:30 (GMT\+9|JST)\)$/,
    'America/New_York': /^2026-03-01 22:30 UTC \(17:30 (GMT[-−]5|EST)\)$/,
  }))
    it(`stands beside UTC in ${zone}`, () => {
      const written = localTime(zone)('2026-03-01T22:30:00.000Z');
      if (typeof text === 'string') assert.equal(written, text);
      else assert.match(written, text);
    });
});
