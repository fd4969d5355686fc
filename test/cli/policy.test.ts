import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readableLogLine } from '../../src/cli/up/log-line.js';
import { readPolicyFile } from '../../src/config/policy-file.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';

const { run } = await import('./run-cli.js');

const EXAMPLE = join(import.meta.dirname, '../../examples/policy.yaml');
const CONTOSO = join(import.meta.dirname, '../../src/embedded/policy.yaml');

describe('licenseflow policy check', () => {
  let cwd: string;
  beforeEach(async () => (cwd = await mkdtemp(join(tmpdir(), 'licenseflow-policy-'))));
  afterEach(async () => rm(cwd, { recursive: true }));

  it('shows what a policy says', async () => {
    const { code, stdout } = await run(['policy', 'check', CONTOSO]);
    assert.equal(code, 0);
    assert.match(stdout, /^FLOW_FREE\tnobody is asked\t/m);
    assert.match(stdout, /^SPE_E5\tlicence desk\t1\tJohannaL@contoso\.com, .*\t5 days\t7 days\t1 day\tafter 2 days: /m);
  });

  it('shows who is asked in which way, when nobody is, and what holds for all products', async () => {
    const { code, stdout, stderr } = await run(['policy', 'check', EXAMPLE]);
    assert.equal(code, 0);
    assert.match(stdout, /^SPE_E3\tmanager\t1\tmanager up to level 3, else licence-desk@contoso\.com\t3 days/m);
    assert.match(
      stdout,
      /^SPE_E5\tsecurity\t1 and 1\tana@contoso\.com; members of 8c1b7a52-.* and owners \(kim@contoso\.com, /m,
    );
    assert.match(stdout, /\tdepartment is IT, and at least 20 seats are free\t180 days$/m);
    assert.match(
      stderr,
      /Operators: licence-desk@contoso\.com\. Quiet hours: 19:00 to 07:30, Europe\/Berlin, and weekends\./,
    );
  });

  it('1, with every problem and its line, for a wrong one', async () => {
    await writeFile(join(cwd, 'bad.yaml'), 'version: 1\nskus: { A: { stages: 3 } }\n');
    const { code, stdout } = await run(['policy', 'check', 'bad.yaml', '--json'], { cwd });
    const { kind, valid, problems } = JSON.parse(stdout) as { kind: string; valid: boolean; problems: unknown[] };
    assert.deepEqual([code, kind, valid], [1, 'PolicyCheck', false]);
    assert.equal(problems.length, 2);
  });

  it('takes the configured file where none is named', async () => {
    assert.equal((await run(['policy', 'check'], { cwd, env: { LICENSEFLOW_POLICY_FILE: CONTOSO } })).code, 0);
    await writeFile(join(cwd, 'licenseflow.yaml'), `policy: { file: ${JSON.stringify(CONTOSO)} }\n`);
    assert.equal((await run(['policy', 'check'], { cwd })).code, 0);
  });

  it('2 where none is configured either', async () => {
    assert.equal((await run(['policy', 'check'], { cwd })).code, 2);
  });
});

describe('the policy of the simulated tenant', () => {
  it('names its products and its people only', async () => {
    const { skus } = await readPolicyFile(CONTOSO);
    const products = Object.keys(SKU).map((name) => name.toLowerCase());
    for (const name of Object.keys(skus)) assert.ok(products.includes(name), name);
    const people = Object.values(PEOPLE).map(({ userPrincipalName }) => userPrincipalName);
    const named = Object.values(skus)
      .flatMap(({ stages }) => stages)
      .flatMap(({ requirements }) => requirements)
      .flatMap(({ anyOf }) => anyOf)
      .flatMap((selector) => ('users' in selector ? selector.users : []));
    for (const person of named) assert.ok(people.includes(person), person);
  });
});

describe('a line of a worker’s log', () => {
  for (const [line, text] of Object.entries({
    'plain text': 'plain text',
    '{"level":"warn","msg":"Slow.","error":{"message":"because"}}': 'warn: Slow. (because)',
    '{"level":50,"msg":"It is because.","err":{"message":"because"}}': 'error: It is because.',
    '{"level":"info","msg":"Polls."}': 'Polls.',
    '{"no":"message"}': '{"no":"message"}',
    '{broken': '{broken',
  }))
    it(`${line} is read as ${text}`, () => assert.equal(readableLogLine(line), text));
});
