import assert from 'node:assert/strict';
import type { PersonInCampaign } from '../../src/client/campaigns-of-person.js';
import type { Who } from '../../src/client/who.js';
import { LicenseflowError } from '../../src/client/licenseflow-error.js';
import type { HeldService } from '../../src/contracts/tenant.js';
import { E3 } from './fake-session.js';
import { sampleUser } from './sample-campaign.js';
import { ADELE } from './sample-request.js';

const { run } = await import('./run-cli.js');

const service = (title: string, effective: boolean): HeldService => ({
  ...{ id: `id-${title}`, name: title.toUpperCase(), title, appliesTo: 'User', effective },
  ...{ onBy: [effective, false], provisioning: effective ? 'Success' : 'Disabled' },
});

const WHO: Who = {
  person: ADELE,
  ...{ accountEnabled: true, userType: 'Member', usageLocation: 'US', department: 'Marketing', jobTitle: null },
  products: [
    {
      ...{ skuId: E3.skuId, skuPartNumber: 'SPE_E3', name: 'Microsoft 365 E3' },
      paths: [
        { group: null, state: 'Active', inForce: true, error: null },
        {
          group: { id: 'g-1', name: 'Sales', dynamic: true, synced: false },
          ...{ state: 'Error', inForce: false },
          error: { error: 'CountViolation', meaning: 'No seat.', remedy: 'Buy one.' },
        },
      ],
      services: [service('Teams', true), service('Exchange', true), service('Sway', false)],
    },
  ],
  findings: [{ check: 'Path', verdict: 'failed', text: 'Microsoft 365 E3, through …: No seat.', remedy: 'Buy one.' }],
  requests: {
    open: [
      {
        ...{ kind: 'request', requestId: 'lr-2', state: 'waiting-for-approval', needsAttention: true },
        ...{ subject: 'Adele', requester: 'Megan <m@contoso.com>', products: 'Visio' },
        ...{ createdAt: '2026-03-01T14:30:00.000Z', endedAt: null, dueAt: '2026-03-04T14:30:00.000Z' },
      },
    ],
    past: [
      {
        ...{ kind: 'request', requestId: 'lr-1', state: 'denied', needsAttention: false },
        ...{ subject: 'Adele', requester: 'Adele', products: 'Project' },
        ...{ createdAt: '2026-02-01T14:30:00.000Z', endedAt: '2026-02-02T14:30:00.000Z', dueAt: null },
      },
    ],
  },
  campaigns: { open: [], notAsked: [], olderNotAsked: false },
};

const IN_CAMPAIGN: PersonInCampaign = {
  ...{ campaignId: 'e3-to-e5', title: 'Office to E5', state: 'paused' },
  user: sampleUser({
    ...{ state: 'failed', wave: 2, code: 'NO_SEATS', message: 'No seat was left.' },
    remedy: 'Buy or free a seat, then retry.',
  }),
};

const calls = { who: () => Promise.resolve(WHO) };

describe('licenseflow who', () => {
  it('says on one screen what is held on which path, what is wrong, what to do, and the requests', async () => {
    const { code, stdout, stderr } = await run(['who', 'AdeleV@contoso.com'], { calls });
    assert.equal(code, 0);
    assert.deepEqual(stdout.trimEnd().split('\n'), [
      'Person\tAdele Vance <AdeleV@contoso.com>, Marketing',
      'Account\tenabled, member, usage location US',
      'Product\tMicrosoft 365 E3 (SPE_E3): directly, and through group "Sales" (dynamic) [Error: CountViolation]; 2 of 3 services on (off: Sway)',
      'Wrong\tMicrosoft 365 E3, through …: No seat.',
      'Wrong\t-> Buy one.',
      'Open\tlr-2  Visio: waiting for approval, due 2026-03-04T14:30:00.000Z, asked by Megan <m@contoso.com>, needs attention',
      'Past\tlr-1  Project: denied, 2026-02-02T14:30:00.000Z, asked by Adele',
    ]);
    assert.match(stderr, /Next: licenseflow explain lr-2\n {6}licenseflow who AdeleV@contoso\.com --services\n/);
  });

  it('says where the person is in a campaign, what happened and what to do, and which campaigns were not asked', async () => {
    const campaigns = { open: [IN_CAMPAIGN], notAsked: ['big-one'], olderNotAsked: true };
    const who = () => Promise.resolve({ ...WHO, campaigns });
    const { stdout, stderr } = await run(['who', 'AdeleV@contoso.com'], { calls: { who } });
    assert.deepEqual(stdout.trimEnd().split('\n').slice(-2), [
      'Campaign\te3-to-e5  Office to E5, paused: failed in wave 2 (NO_SEATS: No seat was left.)',
      'Campaign\t-> Buy or free a seat, then retry.',
    ]);
    assert.match(stderr, /Not every open campaign .*: big-one, older ones\. See each: licenseflow campaign users ID/);
    const { stdout: json } = await run(['who', 'AdeleV@contoso.com', '--json'], { calls: { who } });
    assert.deepEqual((JSON.parse(json) as Who).campaigns, campaigns);
  });

  it('shows local times on a terminal, and ids with --verbose', async () => {
    const options = { calls, terminal: true, timeZone: 'Europe/Berlin', env: { NO_COLOR: '1' } };
    const { stdout } = await run(['who', 'Adele V', '-v'], options);
    assert.match(stdout, /due 2026-03-04 14:30 UTC \(15:30 CET\)/);
    assert.match(stdout, new RegExp(ADELE.id));
  });

  it('lists every service with the paths that switch it on or off', async () => {
    const { stdout } = await run(['who', 'AdeleV@contoso.com', '--services'], { calls });
    const [teams, , sway] = stdout.split('\n');
    const paths = (direct: string) => `directly: ${direct}; through group "Sales" (dynamic): off`;
    assert.equal(teams, `Microsoft 365 E3\tTeams\tTEAMS\t${paths('on')}\ton\tSuccess\tUser\tid-Teams`);
    assert.equal(sway, `Microsoft 365 E3\tSway\tSWAY\t${paths('off')}\toff\tDisabled\tUser\tid-Sway`);
  });

  it('is a Person as JSON, complete', async () => {
    const { stdout, stderr } = await run(['who', 'AdeleV@contoso.com', '--json'], { calls });
    assert.deepEqual(JSON.parse(stdout), { apiVersion: 'licenseflow/v1', kind: 'Person', ...WHO });
    assert.equal(stderr, '');
  });

  it('3 for nobody, and 2 for no name', async () => {
    const unknown = () => Promise.reject(new LicenseflowError('not-found', 'USER_NOT_FOUND', 'No.', 'Perhaps: Adele'));
    const { code, stderr } = await run(['who', 'AdelV@contoso.com'], { calls: { who: unknown } });
    assert.equal(code, 3);
    assert.match(stderr, /Perhaps: Adele/);
    assert.equal((await run(['who', ' '])).code, 2);
  });
});
