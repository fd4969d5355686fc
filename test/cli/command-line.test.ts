import assert from 'node:assert/strict';

const { run } = await import('./run-cli.js');

const SUBMIT = ['request', 'submit', '--for', 'AdeleV@contoso.com', '--reason', 'x'];

/** Command lines that are wrong, and what must be said about them. Nothing is sent: the session would throw. */
const WRONG: readonly (readonly [argv: readonly string[], says: RegExp])[] = [
  [['foo'], /unknown command 'foo'/],
  [['seat'], /Did you mean seats\?/],
  [['request', 'lst'], /Did you mean list\?/],
  [['seats', '--jsn'], /Did you mean --json\?/],
  [['req'], /unknown command 'req'/],
  [['seats', '--json', '--plain'], /cannot be used with option '--plain'/],
  [['request', 'show'], /missing required argument 'id'/],
  [['request', 'show', 'a b'], /1 to 64 letters/],
  [['request', 'show', 'x'.repeat(65)], /1 to 64 letters/],
  [['request', 'show', '../x'], /1 to 64 letters/],
  [['request', 'list', '--limit', '0'], /whole number from 1/],
  [['request', 'list', '--state', 'waiting'], /Allowed choices are/],
  [['request', 'wait', 'lr-1', '--timeout', '5'], /number with a unit/],
  [['request', 'wait', 'lr-1', '--timeout', '30d'], /at most 24 days/],
  [['request', 'wait', 'lr-1', '--timeout', '3 parsecs'], /number with a unit/],
  [['request', 'approve', 'lr-1'], /--as <user>' not specified/],
  [['request', 'approve', 'lr-1', '--as', 'megan'], /user principal name/],
  [['request', 'approve', 'lr-1', '--as', MALFORMED_GUID()], /8-4-4-4-12/],
  [['request', 'approve', 'lr-1', '--as', 'm@contoso.com', '--plan', 'abc'], /6 to 64 hexadecimal/],
  [['request', 'deny', 'lr-1', '--as', 'm@contoso.com'], /--reason <text>' not specified/],
  [['request', 'deny', 'lr-1', '--as', 'm@contoso.com', '--reason', '  '], /Say why/],
  [['request', 'deny', 'lr-1', '--as', 'm@contoso.com', '--reason', 'x'.repeat(2_001)], /this has 2001/],
  [[...SUBMIT], /The request is empty/],
  [[...SUBMIT, '--add', 'SPE_E3', '--add', 'spe_e3'], /spe_e3 is named more than once/],
  [[...SUBMIT, '--add', 'SPE_E3', '--remove', 'SPE_E3'], /SPE_E3 is named more than once/],
  [[...SUBMIT, '--add', MALFORMED_GUID()], /8-4-4-4-12/],
  [[...SUBMIT, '--add', 'SPE_E3', '--disable-plan', 'TEAMS1'], /write the product, a colon/],
  [[...SUBMIT, '--add', 'SPE_E3', '--disable-plan', 'SPE_E5:TEAMS1'], /SPE_E5 is not added/],
  [[...SUBMIT, '--add', 'SPE_E3', '--usage-location', 'DEU'], /two-letter/],
  [[...SUBMIT, '--add', 'SPE_E3', '--body', '-'], /cannot be used with option '--add/],
  [[...SUBMIT, '--add', 'SPE_E3', '--wait', '1h', '--nowait'], /cannot be used with option '--wait/],
  [[...SUBMIT, '--body', 'there-is-no-such-file.json'], /there-is-no-such-file\.json cannot be read/],
  [['request', 'rollback', 'lr-1', '--reason', 'x', '--confirm', 'lr-1'], /--as is missing/],
  [['request', 'rollback', 'lr-1', '--as', 'm@contoso.com', '--confirm', 'lr-1'], /--reason is missing/],
  [['request', 'rollback', 'lr-1', '--as', 'm@contoso.com', '--reason', 'x'], /Add: --confirm lr-1/],
  [['request', 'rollback', 'lr-1', '--as', 'm@contoso.com', '--reason', 'x', '--yes'], /Add: --confirm lr-1/],
  [['request', 'rollback', 'lr-1', '--as', 'm@contoso.com', '--reason', 'x', '--confirm', 'lr-2'], /names lr-2/],
  [['setup', '--retention', '90d'], /Add --create-namespace/],
  [['setup', '--create-namespace', '--retention', '3h'], /from 1 day/],
  [['sim', 'seats', 'set', 'SPE_E3', '-1'], /whole number, 0 or more/],
  [['sim', 'fault', 'add', 'plague'], /Allowed choices are/],
  [['up', '--port', '70000'], /1 to 65535/],
  [['up', '--policy', 'there-is-none.yaml'], /There is no policy file/],
];

/** Looks like an id and is none: its last part is too short. */
function MALFORMED_GUID(): string {
  return '709ea8e3-24e3-4c5a-a9f6-56f4f108555';
}

describe('a wrong command line', () => {
  for (const [argv, says] of WRONG)
    it(`${argv.join(' ').slice(0, 100)} is refused before anything is sent`, async () => {
      const { code, stdout, stderr } = await run(argv, {
        calls: () => Promise.reject(new Error('It was sent.')),
      });
      assert.match(stderr, says);
      assert.equal(code, 2);
      assert.equal(stdout, '');
    });

  it('is told as JSON where JSON is wanted', async () => {
    const { code, stderr } = await run(['request', 'show', 'a b', '--json']);
    const { kind, error } = JSON.parse(stderr) as { kind: string; error: { kind: string; remedy: string } };
    assert.deepEqual(
      [code, kind, error.kind, error.remedy],
      [2, 'Error', 'invalid', 'See licenseflow request show --help'],
    );
  });

  it('lists every mistake of a submit at once', async () => {
    const { stderr } = await run([
      ...SUBMIT,
      '--add',
      'A',
      '--add',
      'a',
      '--disable-plan',
      'B:X',
      '--disable-plan',
      'Y',
    ]);
    assert.match(stderr, /a is named more than once/);
    assert.match(stderr, /B is not added/);
    assert.match(stderr, /--disable-plan Y: write/);
  });
});
