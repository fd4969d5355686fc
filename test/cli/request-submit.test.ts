import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LicenseflowError } from '../../src/client/licenseflow-error.js';
import type { Submitted } from '../../src/client/license-requests.js';
import type { LicenseRequest } from '../../src/contracts/license-request.js';
import { doneView, sampleView } from './sample-request.js';

const { run } = await import('./run-cli.js');

const WAITING: Submitted = {
  ...{ outcome: 'accepted', requestId: 'lr-1', state: 'waiting-for-approval', problems: [] },
  waitsFor: sampleView().waitsFor,
};
const SUBMIT = ['request', 'submit', '--for', 'AdeleV@contoso.com', '--reason', 'New laptop', '--id', 'lr-1'];

/** Submits and gives back what was sent. */
async function sent(argv: readonly string[], stdin = ''): Promise<LicenseRequest> {
  const requests: LicenseRequest[] = [];
  const submit = (request: LicenseRequest): Promise<Submitted> => {
    requests.push(request);
    return Promise.resolve(WAITING);
  };
  const { code, stderr } = await run(argv, { stdin, calls: { requests: { submit } } });
  assert.equal(code, 0, stderr);
  const [request] = requests;
  assert.ok(request !== undefined && requests.length === 1);
  return request;
}

const answering = (submitted: Submitted) => ({ requests: { submit: () => Promise.resolve(submitted) } });

describe('licenseflow request submit', () => {
  it('sends what the options say', async () => {
    const options = [
      ...['--as', 'MeganB@contoso.com', '--add', 'SPE_E5', '--add', 'FLOW_FREE', '--remove', 'SPE_E3'],
      ...['--disable-plan', 'spe_e5:TEAMS1,SWAY', '--disable-plan', 'SPE_E5:SWAY', '--usage-location', 'de'],
    ];
    assert.deepEqual(await sent([...SUBMIT, ...options]), {
      requestId: 'lr-1',
      requester: 'MeganB@contoso.com',
      subject: 'AdeleV@contoso.com',
      add: [
        { sku: 'SPE_E5', disabledPlans: ['TEAMS1', 'SWAY'] },
        { sku: 'FLOW_FREE', disabledPlans: [] },
      ],
      remove: ['SPE_E3'],
      usageLocation: 'DE',
      justification: 'New laptop',
    });
  });

  it('reads plans after the last colon, because part numbers may hold anything', async () => {
    const { add } = await sent([...SUBMIT, '--add', 'min_1,000:pack', '--disable-plan', 'min_1,000:pack:TEAMS1']);
    assert.deepEqual(add, [{ sku: 'min_1,000:pack', disabledPlans: ['TEAMS1'] }]);
  });

  describe('--swap', () => {
    const wish = async (...options: string[]) => {
      const { add, remove, losing } = await sent([...SUBMIT, ...options]);
      return { add, remove, ...(losing && { losing }) };
    };
    const kept = (sku: string, more = {}) => ({ sku, disabledPlans: [], ...more, keepPlans: true });

    it('keeps plans, of one product or of several', async () => {
      assert.deepEqual(await wish('--swap', 'SPE_E3:SPE_E5'), { add: [kept('SPE_E5')], remove: ['SPE_E3'] });
      assert.deepEqual(await wish('--swap', 'ENTERPRISEPACK + EMS:SPE_E3', '--swap', 'A:B+C', '--keep-plans'), {
        add: [kept('SPE_E3'), kept('B'), kept('C')],
        remove: ['ENTERPRISEPACK', 'EMS', 'A'],
      });
    });

    it('does not keep them where it is told so, and --add does where it is told so', async () => {
      assert.deepEqual(await wish('--swap', 'SPE_E3:SPE_E5', '--no-keep-plans'), {
        add: [{ sku: 'SPE_E5', disabledPlans: [] }],
        remove: ['SPE_E3'],
      });
      assert.deepEqual(await wish('--add', 'SPE_E5', '--keep-plans'), { add: [kept('SPE_E5')], remove: [] });
    });

    it('takes plans that are named, and services that may be lost', async () => {
      const plans = ['--disable-plan', 'SPE_E5:SWAY', '--enable-plan', 'spe_e5:TEAMS1,FORMS_PLAN_E5'];
      const losing = ['--losing', 'forms,sway', '--losing', 'SPE_E3,forms'];
      assert.deepEqual(await wish('--swap', 'SPE_E3:SPE_E5', ...plans, ...losing), {
        add: [kept('SPE_E5', { disabledPlans: ['SWAY'], enabledPlans: ['TEAMS1', 'FORMS_PLAN_E5'] })],
        remove: ['SPE_E3'],
        losing: ['forms', 'sway', 'SPE_E3'],
      });
    });

    const WRONG: readonly (readonly [options: readonly string[], says: RegExp])[] = [
      [
        ['--swap', 'SPE_E3:spe_e3'],
        /^Error: --swap SPE_E3:spe_e3: SPE_E3 cannot be swapped for itself\. .*--keep-plans/,
      ],
      [['--swap', 'SPE_E3+EMS:EMS'], /EMS cannot be swapped for itself/],
      [['--swap', 'SPE_E3'], /write what goes, a colon, and what comes/],
      [['--swap', 'SPE_E3:'], /write what goes/],
      [['--swap', 'A:B:C'], /A part number with a colon/],
      [['--swap', 'SPE_E3:SPE_E5', '--remove', 'spe_e3'], /SPE_E3 is named more than once/],
      [['--swap', 'SPE_E3:SPE_E5', '--disable-plan', 'SPE_E3:SWAY'], /SPE_E3 is not added/],
      [['--swap', 'SPE_E3:SPE_E5', '--enable-plan', 'SPE_E5'], /--enable-plan SPE_E5: write the product, a colon/],
      [['--add', 'SPE_E5', '--enable-plan', 'SPE_E5:SWAY'], /comes with its plans on/],
      [
        ['--swap', 'A:B', '--enable-plan', 'B:SWAY', '--disable-plan', 'B:sway'],
        /SWAY of B is under --disable-plan and under --enable-plan/,
      ],
      [['--remove', 'SPE_E3', '--keep-plans'], /nothing is added whose plans could be kept/],
      [['--add', 'SPE_E3', '--losing', 'forms'], /nothing is removed/],
      [['--swap', 'A:B', '--body', 'x.json'], /cannot be used with/],
      [['--swap', 'A:B', '--keep-plans', 'SWAY'], /too many arguments/],
    ];
    for (const [options, says] of WRONG)
      it(`2 for ${options.join(' ')}, with nothing sent`, async () => {
        const { code, stderr } = await run([...SUBMIT, ...options]);
        assert.match(stderr, says);
        assert.equal(code, 2);
      });
  });

  it('lets the licensed person ask where nobody else is named, under a new id that can be read out', async () => {
    const { requester, requestId } = await sent([...SUBMIT.slice(0, -2), '--add', 'SPE_E3']);
    assert.equal(requester, 'AdeleV@contoso.com');
    assert.match(requestId, /^lr-\d{8}-[2-9a-z]{6}$/);
  });

  describe('--body', () => {
    const BODY = {
      addLicenses: [
        {
          disabledPlans: ['8a256a2b-b617-496d-b51b-e76466e88db0'],
          skuId: '84a661c4-e949-4bd2-a560-ed7766fcaf2b',
        },
      ],
      removeLicenses: ['f30db892-07e9-47e9-837c-80727f46fd3d'],
    };
    const WISH = {
      add: [{ sku: '84a661c4-e949-4bd2-a560-ed7766fcaf2b', disabledPlans: ['8a256a2b-b617-496d-b51b-e76466e88db0'] }],
      remove: ['f30db892-07e9-47e9-837c-80727f46fd3d'],
    };

    it("takes the body of Graph's assignLicense from stdin", async () => {
      const { add, remove } = await sent([...SUBMIT, '--body', '-'], JSON.stringify(BODY));
      assert.deepEqual({ add, remove }, WISH);
    });

    it('takes the services that it may lose beside it', async () => {
      const { losing } = await sent([...SUBMIT, '--body', '-', '--losing', 'power-automate'], JSON.stringify(BODY));
      assert.deepEqual(losing, ['power-automate']);
    });

    it('takes it from a file, as a Windows editor writes it', async () => {
      const folder = await mkdtemp(join(tmpdir(), 'licenseflow-cli-'));
      try {
        const file = join(folder, 'body.json');
        await writeFile(file, `\uFEFF${JSON.stringify(BODY)}`);
        const { add, remove } = await sent([...SUBMIT, '--body', file]);
        assert.deepEqual({ add, remove }, WISH);
      } finally {
        await rm(folder, { recursive: true });
      }
    });

    const SKU = '84a661c4-e949-4bd2-a560-ed7766fcaf2b';
    const WRONG: Record<string, RegExp> = {
      '': /is no JSON/,
      '[]': /not one of assignLicense/,
      '{"addLicenses":[]}': /removeLicenses must be a list/,
      '{"addLicenses":[],"removeLicenses":[]}': /both empty/,
      '{"addLicenses":[{"skuId":"84a661c4"}],"removeLicenses":["x"]}':
        /addLicenses\[0\]\.skuId is no GUID[^]*removeLicenses\[0\] is no GUID/,
      [`{"addLicenses":[{"skuId":"${SKU}"}],"removeLicenses":["${SKU.toUpperCase()}"]}`]: /named more than once/,
      [`{"addLicenses":[{"skuId":"${SKU}","disabledPlan":[]}],"removeLicenses":[]}`]: /disabledPlan/,
    };
    for (const [body, says] of Object.entries(WRONG))
      it(`refuses ${body || 'nothing'}`, async () => {
        const { code, stderr } = await run([...SUBMIT, '--body', '-'], { stdin: body });
        assert.match(stderr, says);
        assert.equal(code, 2);
      });
  });

  it('says what an accepted request waits for, and what to do next', async () => {
    const { code, stdout, stderr } = await run([...SUBMIT, '--add', 'SPE_E3'], { calls: answering(WAITING) });
    assert.equal(code, 0);
    assert.deepEqual(stdout.trimEnd().split('\n'), [
      'Request\tlr-1',
      'State\twaiting for approval',
      'Waits for\t1 approval in stage "manager".',
      'Who can act\tMegan Bowen <MeganB@contoso.com>',
      'Next\tat 2026-03-04T14:30:00.000Z, the request expires.',
    ]);
    assert.match(stderr, /licenseflow request approve lr-1 --as MeganB@contoso\.com/);
  });

  it('5, with every problem and its remedy, for a refused one', async () => {
    const problems = [
      { code: 'UNKNOWN_SKU', message: 'No product "X".', remedy: 'See seats.' },
      { code: 'USAGE_LOCATION', message: 'No location.', remedy: 'Set it.' },
    ] as const;
    const refused: Submitted = { outcome: 'refused', requestId: 'lr-1', state: 'refused', problems, waitsFor: null };
    const { code, stdout } = await run([...SUBMIT, '--add', 'X', '--wait'], { calls: answering(refused) });
    assert.equal(code, 5);
    assert.match(stdout, /No product "X"\. See seats\. \(UNKNOWN_SKU\)\n.*No location\. Set it\. \(USAGE_LOCATION\)/);
  });

  it('8 for one that is recorded and that is not checked yet', async () => {
    const { code, stdout, stderr } = await run([...SUBMIT, '--add', 'X'], {
      calls: answering({ outcome: 'recorded', requestId: 'lr-1' }),
    });
    assert.equal(code, 8);
    assert.match(stdout, /recorded, and not checked yet/);
    assert.match(stderr, /licenseflow doctor/);
  });

  it('ends as the earlier identical request ended', async () => {
    for (const [state, expected] of Object.entries({ done: 0, denied: 5, withdrawn: 1 })) {
      const ended = { ...WAITING, state, waitsFor: null } as Submitted;
      assert.equal((await run([...SUBMIT, '--add', 'X'], { calls: answering(ended) })).code, expected, state);
    }
  });

  it('says how to repeat a lost call without asking twice', async () => {
    const lost = (): Promise<never> =>
      Promise.reject(new LicenseflowError('unreachable', 'NO_TEMPORAL', 'Gone.', 'Check the network.'));
    const calls = { requests: { submit: lost } };
    const generated = await run([...SUBMIT.slice(0, -2), '--add', 'X'], { calls });
    assert.match(generated.stderr, /add: --id lr-\d{8}-/);
    const given = await run([...SUBMIT, '--add', 'X'], { calls });
    assert.doesNotMatch(given.stderr, /--id/);
  });

  describe('--wait', () => {
    const waiting = { submit: () => Promise.resolve(WAITING) };

    it('prints one document at the end, and its exit code', async () => {
      const wait = () => Promise.resolve({ ...doneView(), state: 'done' as const });
      const argv = [...SUBMIT, '--add', 'X', '--wait', '--json'];
      const signals = new EventEmitter();
      const { code, stdout, stderr } = await run(argv, { signals, calls: { requests: { ...waiting, wait } } });
      assert.equal(signals.listenerCount('SIGINT'), 0, 'Ctrl-C ends the program again.');
      const document = JSON.parse(stdout) as { kind: string; state: string };
      assert.deepEqual([code, document.kind, document.state, stderr], [0, 'Request', 'done', '']);
    });

    it('waits as long as it is told', async () => {
      const given: number[] = [];
      const wait = (_id: string, withinMs: number) => {
        given.push(withinMs);
        return Promise.resolve({ ...doneView(), state: 'done' as const });
      };
      const calls = { requests: { ...waiting, wait } };
      await run([...SUBMIT, '--add', 'X', '--wait', '10m'], { calls });
      await run([...SUBMIT, '--add', 'X', '--wait'], { calls });
      await run(['request', 'wait', 'lr-1', '--timeout', '2h'], { calls });
      assert.deepEqual(given, [600_000, 86_400_000, 7_200_000]);
    });

    it('lets go at Ctrl-C, and says that the request goes on', async () => {
      const signals = new EventEmitter();
      const wait = (): Promise<never> => {
        queueMicrotask(() => signals.emit('SIGINT'));
        return new Promise(() => {});
      };
      const { code, stderr } = await run(['request', 'wait', 'lr-1'], { signals, calls: { requests: { wait } } });
      assert.equal(code, 130);
      assert.match(stderr, /request lr-1 goes on/);
      assert.match(stderr, /licenseflow explain lr-1/);
      assert.equal(signals.listenerCount('SIGINT'), 0);
    });
  });
});
