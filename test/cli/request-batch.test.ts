import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BatchSubmitted, SubjectSubmitted, SubjectWithdrawn } from '../../src/client/index.js';
import type { LicenseRequestBatch } from '../../src/contracts/request-batch.js';
import { sampleView } from './sample-request.js';

const { run } = await import('./run-cli.js');

const ADD = ['--as', 'MeganB@contoso.com', '--add', 'SPE_E3', '--reason', 'New laptops', '--id', 'lr-1'];
const LIST = ['request', 'submit', '--for-file', '-', ...ADD];

const accepted = (n: number, subject: string): SubjectSubmitted => ({
  ...{ subject, requestId: `lr-1.${n}`, outcome: 'accepted', state: 'waiting-for-approval', problems: [] },
  waitsFor: sampleView().waitsFor,
});
const refused = (n: number, subject: string): SubjectSubmitted => ({
  ...{ subject, requestId: `lr-1.${n}`, outcome: 'refused', state: 'refused', waitsFor: null },
  problems: [{ code: 'USER_NOT_FOUND', message: 'No such user.', remedy: 'Check the spelling.' }],
});
const recorded = (n: number, subject: string): SubjectSubmitted => ({
  ...{ subject, requestId: `lr-1.${n}`, outcome: 'recorded' },
});

/** Submits and gives back what was sent, and what was said. */
async function sent(argv: readonly string[], stdin = '', items: readonly SubjectSubmitted[] = []) {
  const batches: LicenseRequestBatch[] = [];
  const submit = (batch: LicenseRequestBatch): Promise<BatchSubmitted> => {
    batches.push(batch);
    return Promise.resolve({ batchId: batch.batchId, items });
  };
  const said = await run(argv, { stdin, calls: { batches: { submit } } });
  return { ...said, batches };
}

describe('licenseflow request submit for several people', () => {
  it('sends one batch for those who are named, each once', async () => {
    const people = ['--for', 'AdeleV@contoso.com', '--for', 'AlexW@contoso.com', '--for', 'adelev@contoso.com'];
    const { batches, stderr } = await sent(['request', 'submit', ...people, ...ADD]);
    assert.deepEqual(batches, [
      {
        ...{ batchId: 'lr-1', requester: 'MeganB@contoso.com', justification: 'New laptops', remove: [] },
        subjects: ['AdeleV@contoso.com', 'AlexW@contoso.com'],
        add: [{ sku: 'SPE_E3', disabledPlans: [] }],
      },
    ]);
    assert.match(stderr, /1 named more than once/);
  });

  const LISTS: Record<string, [csv: string, subjects: string[]]> = {
    'one a line': ['AdeleV@contoso.com\nAlexW@contoso.com\n', ['AdeleV@contoso.com', 'AlexW@contoso.com']],
    'one only': ['AdeleV@contoso.com', ['AdeleV@contoso.com']],
    'as Excel saves it, with other columns': [
      '\uFEFFName;User;Department\r\n"Vance; Adele";AdeleV@contoso.com;Marketing\r\n\r\nAlex;AlexW@contoso.com;\r\n',
      ['AdeleV@contoso.com', 'AlexW@contoso.com'],
    ],
    'as the admin centre exports it': [
      'Display name,User principal name,Object Id\nAdele,AdeleV@contoso.com,709ea8e3-24e3-4c5a-a9f6-56f4f1085557\n',
      ['AdeleV@contoso.com'],
    ],
    'with object ids': ['id\n709ea8e3-24e3-4c5a-a9f6-56f4f1085557\n', ['709ea8e3-24e3-4c5a-a9f6-56f4f1085557']],
  };
  for (const [what, [csv, subjects]] of Object.entries(LISTS))
    it(`reads a list ${what}`, async () => {
      const { batches, stderr } = await sent(LIST, csv);
      assert.deepEqual(batches[0]?.subjects, subjects, stderr);
    });

  it('reads a file beside those who are named', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'licenseflow-cli-'));
    try {
      const file = join(folder, 'team.csv');
      await writeFile(file, 'user\nAlexW@contoso.com\n');
      const { batches } = await sent(['request', 'submit', '--for', 'AdeleV@contoso.com', '--for-file', file, ...ADD]);
      assert.deepEqual(batches[0]?.subjects, ['AdeleV@contoso.com', 'AlexW@contoso.com']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('2, with every bad line and its number, and sends nothing', async () => {
    const { code, stderr, batches } = await sent(
      LIST,
      'user,team\nAdeleV@contoso.com,x\nAdele Vance,x\n\n,x\n709ea8e3-24e3-4c5a-a9f6,x\n',
    );
    assert.deepEqual([code, batches], [2, []]);
    assert.match(
      stderr,
      /3 bad lines:\n {2}line 3: "Adele Vance" is no user.*\n {2}line 5: no user.*\n {2}line 6: "709e/,
    );
    assert.match(stderr, /Nothing was submitted/);
  });

  const WRONG: Record<string, [argv: string[], stdin: string, says: RegExp]> = {
    'no list in the file': [LIST, '\n\n', /stdin names nobody/],
    'a list without its head': [LIST, 'Name,Mail\nx,y\n', /line 1: "Name" is no user/],
    'quotes that are not closed': [LIST, '"AdeleV@contoso.com\n', /is no CSV/],
    'nobody at all': [['request', 'submit', ...ADD], '', /Nobody is named/],
    'nobody who asks': [
      ['request', 'submit', '--for', 'a@b.cd', '--for', 'c@b.cd', '--add', 'X', '--reason', 'x'],
      '',
      /--as USER/,
    ],
    'stdin read twice': [
      [...LIST.slice(0, -2), '--body', '-'].filter((word) => word !== '--add' && word !== 'SPE_E3'),
      '{}',
      /read stdin/,
    ],
    'a wait': [[...LIST, '--wait'], 'a@b.cd\n', /--wait is for one person/],
    'a file that is not there': [
      ['request', 'submit', '--for-file', 'no-such.csv', ...ADD],
      '',
      /no-such\.csv cannot be read/,
    ],
  };
  for (const [what, [argv, stdin, says]] of Object.entries(WRONG))
    it(`2 for ${what}`, async () => {
      const { code, stderr, batches } = await sent(argv, stdin);
      assert.match(stderr, says);
      assert.deepEqual([code, batches], [2, []]);
    });

  it('prints one line a person, and the next commands', async () => {
    const items = [accepted(1, 'a@b.cd'), refused(2, 'c@b.cd')];
    const { code, stdout, stderr } = await sent(LIST, 'a@b.cd\nc@b.cd\n', items);
    assert.equal(code, 7);
    assert.equal(
      stdout,
      'lr-1.1\ta@b.cd\taccepted\twaiting-for-approval\t1 approval in stage "manager".\n' +
        'lr-1.2\tc@b.cd\trefused\trefused\tNo such user. Check the spelling. (USER_NOT_FOUND)\n',
    );
    assert.match(stderr, /1 of 2 refused.*--id lr-1 asks again for these only/);
    assert.match(stderr, /request list --batch lr-1\n/);
  });

  it('ends with 0 if all were accepted, 5 if none was, 6, 7 and 8 in between', async () => {
    const conflict = { subject: 'x', requestId: 'lr-1.9', outcome: 'conflict' } as const;
    const codes: [items: readonly SubjectSubmitted[], code: number][] = [
      [[accepted(1, 'a'), accepted(2, 'b')], 0],
      [[refused(1, 'a'), refused(2, 'b')], 5],
      [[conflict], 6],
      [[conflict, refused(1, 'a')], 5],
      [[accepted(1, 'a'), conflict], 7],
      [[recorded(1, 'a'), refused(2, 'b')], 7],
      [[recorded(1, 'a'), accepted(2, 'b')], 8],
    ];
    for (const [items, expected] of codes)
      assert.equal((await sent(LIST, 'a@b.cd\n', items)).code, expected, JSON.stringify(items));
  });

  it('is a BatchSubmitted as JSON', async () => {
    const items = [accepted(1, 'a@b.cd')];
    const { stdout, stderr } = await sent([...LIST, '--json'], 'a@b.cd\n', items);
    assert.deepEqual(JSON.parse(stdout), {
      apiVersion: 'licenseflow/v1',
      kind: 'BatchSubmitted',
      batchId: 'lr-1',
      items,
    });
    assert.equal(stderr, '');
  });
});

describe('licenseflow request withdraw --batch', () => {
  const WITHDRAW = ['request', 'withdraw', '--as', 'MeganB@contoso.com', '--reason', 'Wrong list'];

  it('says what became of each', async () => {
    const items: SubjectWithdrawn[] = [
      { subject: 'a@b.cd', requestId: 'lr-1.1', outcome: 'withdrawn' },
      { subject: 'c@b.cd', requestId: 'lr-1.2', outcome: 'ended-before', state: 'done' },
      { subject: 'e@b.cd', requestId: 'lr-1.3', outcome: 'not-started' },
    ];
    const asked: unknown[] = [];
    const withdraw = (...args: unknown[]) => {
      asked.push(...args);
      return Promise.resolve(items);
    };
    const { code, stdout } = await run([...WITHDRAW, '--batch', 'lr-1'], { calls: { batches: { withdraw } } });
    assert.deepEqual(asked, ['lr-1', { ref: 'MeganB@contoso.com', assurance: 'asserted' }, 'Wrong list']);
    assert.equal(code, 0);
    assert.equal(
      stdout,
      'lr-1.1\ta@b.cd\twithdrawn\t\nlr-1.2\tc@b.cd\tended-before\tdone\nlr-1.3\te@b.cd\tnot-started\tits turn had not come\n',
    );
  });

  it('7 if some could not be ended, 1 if none could', async () => {
    const failed: SubjectWithdrawn = {
      ...{ subject: 'a@b.cd', requestId: 'lr-1.1', outcome: 'failed' },
      ...{ code: 'ASSERTED_REFUSED', message: 'Only signed in.', remedy: 'Sign in.' },
    };
    const ended: SubjectWithdrawn = { subject: 'c@b.cd', requestId: 'lr-1.2', outcome: 'withdrawn' };
    for (const [items, expected] of [
      [[failed, ended], 7],
      [[failed], 1],
    ] as const) {
      const withdraw = () => Promise.resolve(items);
      const { code, stdout } = await run([...WITHDRAW, '--batch', 'lr-1'], { calls: { batches: { withdraw } } });
      assert.equal(code, expected);
      assert.match(stdout, /failed\tOnly signed in\. Sign in\. \(ASSERTED_REFUSED\)/);
    }
  });

  it('2 for a request and a batch, and for neither', async () => {
    assert.equal((await run(WITHDRAW)).code, 2);
    assert.equal((await run([...WITHDRAW, 'lr-1.1', '--batch', 'lr-1'])).code, 2);
  });
});
