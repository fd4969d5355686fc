import assert from 'node:assert/strict';
import type { NoticeTestOutcome } from '../../src/contracts/tenant.js';
import { ADELE } from './sample-request.js';

const { run } = await import('./run-cli.js');

describe('licenseflow notices test', () => {
  const calls = (outcome: NoticeTestOutcome) => ({
    tenant: {
      person: () => Promise.resolve(ADELE),
      testNotices: (_to: typeof ADELE, command: string) => {
        assert.equal(command, 'licenseflow notices test --to AdeleV@contoso.com');
        return Promise.resolve(outcome);
      },
    },
  });
  const test = (outcome: NoticeTestOutcome, ...more: string[]) =>
    run(['notices', 'test', '--to', 'AdeleV@contoso.com', ...more], { calls: calls(outcome) });

  it('tells for each channel whether it took the notice', async () => {
    const { code, stdout, stderr } = await test({ outcome: 'sent', channels: ['mail', 'log'], failed: [] });
    assert.equal(code, 0);
    assert.equal(stdout, 'mail\ttaken\t\nlog\ttaken\t\n');
    assert.match(stderr, /Every channel took it\. .*Adele Vance <AdeleV@contoso\.com>/);
  });

  it('1, with the reason and the next command, where one did not', async () => {
    const failed = [
      { channel: 'webhook' as const, reason: 'The receiver answered with status 403.', againAfterMs: null },
    ];
    const { code, stdout, stderr } = await test({ outcome: 'sent', channels: ['log'], failed });
    assert.equal(code, 1);
    assert.match(stdout, /^webhook\tfailed\tThe receiver answered with status 403\.$/m);
    assert.match(stderr, /1 of 2 channels did not take .*\nNext: licenseflow doctor\n/);
  });

  it('says what to configure where there is only the log', async () => {
    assert.match((await test({ outcome: 'sent', channels: ['log'], failed: [] })).stderr, /no channel but its log/);
  });

  it('is a NoticeTest as JSON', async () => {
    const { stdout } = await test({ outcome: 'sent', channels: ['log'], failed: [] }, '--json');
    assert.deepEqual(JSON.parse(stdout), {
      apiVersion: 'licenseflow/v1',
      kind: 'NoticeTest',
      to: ADELE,
      items: [{ channel: 'log', verdict: 'taken', reason: null }],
    });
  });
});
