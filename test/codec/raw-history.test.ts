import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { newKey } from '../../src/codec/key-text.js';
import { LICENSE_REQUEST } from '../../src/contracts/license-request.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { moveOf, started, untilCampaign } from '../support/campaigns.js';
import { dataConverterWith, encryptedWorkflowBundle } from '../support/encryption.js';
import type { PlaygroundOptions } from '../support/playground.js';
import { actor, Playground } from '../support/playground.js';
import { until } from '../support/until.js';
import { findings, type RawWorkflow, rawWorkflows } from './raw-temporal.js';

const REASON = 'Zeppelin maintenance for Adele';
const megan = actor(PEOPLE.megan.userPrincipalName);

describe('raw histories', function () {
  this.timeout(180_000);
  let playground: Playground;
  afterEach(() => playground.close());

  it('hold no name, address or reason with encryption on', async () => {
    const dataConverter = await dataConverterWith(newKey(new Date()));
    playground = await Playground.open({
      ...OPTIONS,
      dataConverter,
      workflowCode: { workflowBundle: await encryptedWorkflowBundle() },
    });
    const workflows = await played(playground);
    assert.deepEqual(findings(workflows, personalWords(playground)), []);
    // Whatever a failure says, of an activity or of a workflow, may name somebody.
    assert.deepEqual([...new Set(workflows.flatMap(({ failureTexts }) => failureTexts))], ['Encoded failure']);
  });

  it('would hold them in every place that is looked at, without it', async () => {
    playground = await Playground.open(OPTIONS);
    const workflows = await played(playground);
    const found = findings(workflows, personalWords(playground));
    const seenIn = (place: string, word: string): boolean =>
      found.some((finding) => finding.endsWith(`: ${place}: ${word}`));
    for (const place of ['list', 'describe', 'history', 'details'])
      assert.ok(seenIn(place, PEOPLE.adele.userPrincipalName), `${place} is not looked through`);
    assert.ok(seenIn('history', REASON));
    const ended = workflows.filter(({ type, failureTexts }) => type === LICENSE_REQUEST && failureTexts.length > 0);
    assert.ok(ended.length >= 2, 'no workflow ended with a failure of its own');
  });
});

const OPTIONS: PlaygroundOptions = { pace: { settleMs: 50 } };

/** A bit of everything, and what Temporal then has of it. */
async function played(playground: Playground): Promise<readonly RawWorkflow[]> {
  const { licenseflow } = playground;
  const { adele } = PEOPLE;
  // A request whose first write fails with Graph's own words, which name the user; taken back in the end.
  playground.breakWrites(adele.id, { kind: 'server-error', status: 503 }, 1);
  const done = await playground.approved({ justification: REASON });
  assert.equal(done.state, 'done', JSON.stringify(done.timeline));
  await licenseflow.requests.rollback(done.requestId, { actor: megan, reason: REASON, seatWaitMs: 5_000 });
  // One that nobody can make: its failure ends the workflow.
  const refused = playground.request({ subject: 'adelev-who-left@contoso.com', justification: REASON });
  assert.equal((await licenseflow.requests.submit(refused, actor(refused.requester))).outcome, 'refused');
  // One whose write is refused for good, so that the activity's failure ends up in the history.
  const protectedOne = playground.hire({ restrictedManagement: true });
  const failed = await playground.approved({ subject: protectedOne.userPrincipalName });
  assert.equal(failed.state, 'failed');
  // One that is denied in words, one that stays open, several at once, and a campaign.
  const denied = await playground.submitted({ subject: playground.hire().userPrincipalName });
  await playground.deny(denied, megan.ref, REASON);
  await playground.submitted({ subject: playground.hire().userPrincipalName, justification: REASON });
  await licenseflow.batches.submit(
    {
      ...{ batchId: `b-${randomUUID().slice(0, 8)}`, requester: megan.ref, remove: [], justification: REASON },
      subjects: [playground.hire().userPrincipalName, 'nobody-at-all@contoso.com'],
      add: [{ sku: 'FLOW_FREE', disabledPlans: [] }],
    },
    megan,
  );
  const mover = playground.hire({ licenses: [{ skuId: SKU.ENTERPRISEPACK, disabledPlans: [] }] });
  const campaign = moveOf([mover.userPrincipalName]);
  await started(licenseflow, campaign);
  await untilCampaign(licenseflow, campaign.campaignId, 'finished', 60_000);
  return until(
    'visibility to know them all',
    () => rawWorkflows(playground.taskQueue),
    (found) => found.filter(({ type }) => type === LICENSE_REQUEST).length >= 7 && found.length >= 12,
  );
}

/** Whatever would tell who somebody is, and what was written about them. */
function personalWords({ tenant }: Playground): readonly string[] {
  const ofUser = ({ displayName, userPrincipalName, mail, proxyAddresses }: UserRecord): readonly (string | null)[] => [
    displayName,
    userPrincipalName,
    mail,
    ...proxyAddresses.map((address) => address.replace(/^smtp:/i, '')),
  ];
  const words = tenant.users().flatMap(ofUser);
  return [...new Set([...words, REASON, 'contoso.com', 'adelev-who-left', 'nobody-at-all'])].filter(
    (word): word is string => word !== null && word !== '',
  );
}
