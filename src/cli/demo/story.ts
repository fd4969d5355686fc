/** The main job, played on real parts: a Temporal server, a worker, and a simulated tenant behind HTTPS. */
import { randomUUID } from 'node:crypto';
import type { LicenseRequest, RequestView } from '../../contracts/license-request.js';
import { planText } from '../../contracts/request-story.js';
import { nameOf } from '../../domain/person.js';
import { campaign } from './campaign-chapter.js';
import type { Stage } from './stage.js';
import { ADELE, ALEX, AMANI, JOHANNA, MEGAN, refusalOf } from './stage.js';
import type { Held } from './tenant-truth.js';
import { sameHeld } from './tenant-truth.js';

const ENTRA_ID_P2 = '84a661c4-e949-4bd2-a560-ed7766fcaf2b';
const POWER_AUTOMATE_FREE = 'f30db892-07e9-47e9-837c-80727f46fd3d';
const MULTI_FACTOR = '8a256a2b-b617-496d-b51b-e76466e88db0';

/** The body of Example 1 on Microsoft's page "user: assignLicense". */
const EXAMPLE_1 = {
  addLicenses: [
    { disabledPlans: [MULTI_FACTOR], skuId: ENTRA_ID_P2 },
    { disabledPlans: [] as string[], skuId: POWER_AUTOMATE_FREE },
  ],
};
const EXAMPLE_1_RESULT: Held = { [ENTRA_ID_P2]: [MULTI_FACTOR], [POWER_AUTOMATE_FREE]: [] };

const WAIT_MS = 40_000;

type Wish = Pick<LicenseRequest, 'add' | 'remove' | 'losing' | 'justification'>;

/** Plays all chapters in order. What does not hold is in the narrator afterwards. */
export async function playStory(stage: Stage): Promise<void> {
  await approvedRequest(stage);
  await deniedRequest(stage);
  await lostAnswer(stage);
  await rolledBack(stage);
  await campaign(stage);
}

async function approvedRequest(stage: Stage): Promise<void> {
  const { narrator, truth, licenseflow } = stage;
  narrator.chapter("1. Amani asks for two licences: the body of Microsoft's Example 1");
  const before = await truth.held(AMANI.id);
  narrator.check('Amani holds no licence of her own.', sameHeld(before, {}), before);

  const asked = await submit(stage, AMANI.upn, {
    add: EXAMPLE_1.addLicenses.map(({ skuId, disabledPlans }) => ({ sku: skuId, disabledPlans })),
    remove: [],
    justification: 'Access reviews for the Nairobi office',
  });
  if (asked.plan !== null) for (const line of planText(asked.plan)) narrator.tell(`    ${line}`);
  const approvers = asked.waitsFor?.who ?? [];
  narrator.check(
    `The request is accepted and waits for ${approvers.map(nameOf).join(', ')}, her manager.`,
    asked.state === 'waiting-for-approval' && approvers.length === 1 && approvers[0]?.id === JOHANNA.id,
    asked.waitsFor,
  );

  const refusal = await refusalOf(() => decide(stage, asked, AMANI.upn, 'approve'));
  narrator.check(
    'Amani may not approve it herself: refused, and she is told why.',
    refusal === 'SELF_APPROVAL',
    refusal,
  );
  narrator.check('Nothing has been written so far.', (await truth.changes(AMANI.id)) === 0);

  await decide(stage, asked, JOHANNA.upn, 'approve');
  narrator.tell('Johanna approves the plan that she was shown.');
  const done = await licenseflow.requests.wait(asked.requestId, WAIT_MS);
  const held = await truth.held(AMANI.id);
  narrator.check(
    'The request says done, after it read the licences back.',
    done.state === 'done' && done.wrote,
    done.state,
  );
  narrator.check(
    'The tenant agrees: exactly these two licences, with that one plan off.',
    sameHeld(held, EXAMPLE_1_RESULT),
    held,
  );
  narrator.check('It took one effective write.', (await truth.changes(AMANI.id)) === 1);
}

async function deniedRequest(stage: Stage): Promise<void> {
  const { narrator, truth, licenseflow } = stage;
  narrator.chapter('2. Adele asks for Power BI, and Megan says no');
  const before = await truth.held(ADELE.id);
  const asked = await submit(stage, ADELE.upn, {
    add: [{ sku: 'POWER_BI_PRO', disabledPlans: [] }],
    remove: [],
    justification: 'Nice to have',
  });
  await decide(stage, asked, MEGAN.upn, 'deny', 'Please use the shared workspace.');
  const ended = await licenseflow.requests.wait(asked.requestId, WAIT_MS);
  const reason = ended.stages.flatMap(({ decisions }) => decisions).find(({ verdict }) => verdict === 'deny')?.reason;
  narrator.check('The request ended as denied.', ended.state === 'denied', ended.state);
  narrator.check('Adele can read the reason.', reason === 'Please use the shared workspace.', reason);
  narrator.check(
    'Her licences are untouched, and nothing was written.',
    sameHeld(await truth.held(ADELE.id), before) && (await truth.changes(ADELE.id)) === 0,
  );
}

async function lostAnswer(stage: Stage): Promise<void> {
  const { narrator, truth } = stage;
  narrator.chapter('3. The answer to a write is lost on the way');
  const before = await truth.held(ADELE.id);
  await truth.loseNextAnswer(ADELE.id);
  narrator.tell('The next write for Adele will be carried out, and its connection cut before the answer.');
  const done = await approved(stage, ADELE.upn, MEGAN.upn, {
    add: [{ sku: 'AAD_PREMIUM_P2', disabledPlans: [] }],
    remove: [],
    justification: 'Privileged access reviews',
  });
  const held = await truth.held(ADELE.id);
  narrator.check('An answer really was lost.', await truth.lostAnAnswer(ADELE.id));
  narrator.check('The request is done all the same.', done.state === 'done', done.state);
  narrator.check(
    'Adele holds the licence beside what she held before.',
    sameHeld(held, sorted({ ...before, [ENTRA_ID_P2]: [] })),
    held,
  );
  narrator.check('It was made exactly once.', (await truth.changes(ADELE.id)) === 1);
}

async function rolledBack(stage: Stage): Promise<void> {
  const { narrator, truth, licenseflow } = stage;
  narrator.chapter('4. Alex moves from Office 365 E3 to E5, and back');
  const before = await truth.held(ALEX.id);
  const off = Object.values(before).flat();
  narrator.check(
    `Alex holds one licence with ${String(off.length)} plans off.`,
    Object.keys(before).length === 1 && off.length === 2,
    before,
  );

  const moved = await approved(stage, ALEX.upn, MEGAN.upn, {
    add: [{ sku: 'ENTERPRISEPREMIUM', disabledPlans: off }],
    remove: ['ENTERPRISEPACK'],
    losing: ['ENTERPRISEPACK'],
    justification: 'Phone system',
  });
  narrator.check(
    'He holds E5 instead of E3: one call, both at once.',
    moved.state === 'done' && (await truth.changes(ALEX.id)) === 1,
    moved.state,
  );

  await licenseflow.requests.rollback(moved.requestId, {
    actor: { ref: MEGAN.upn, assurance: 'asserted' },
    reason: 'Moved too early',
    seatWaitMs: WAIT_MS,
  });
  const back = await licenseflow.requests.waitForRollback(moved.requestId, WAIT_MS);
  const held = await truth.held(ALEX.id);
  narrator.check('The rollback says restored, after it read the licences back.', back.state === 'restored', back.state);
  narrator.check(
    'The tenant agrees: exactly the licences from before, with the same plans off.',
    sameHeld(held, before),
    held,
  );
}

async function approved(stage: Stage, person: string, approver: string, wish: Wish): Promise<RequestView> {
  const asked = await submit(stage, person, wish);
  await decide(stage, asked, approver, 'approve');
  return stage.licenseflow.requests.wait(asked.requestId, WAIT_MS);
}

async function submit({ licenseflow }: Stage, person: string, wish: Wish): Promise<RequestView> {
  const requestId = `demo-${randomUUID().slice(0, 8)}`;
  const request: LicenseRequest = { requestId, requester: person, subject: person, ...wish };
  await licenseflow.requests.submit(request, { ref: person, assurance: 'asserted' });
  return licenseflow.requests.view(requestId);
}

async function decide(
  { licenseflow }: Stage,
  asked: RequestView,
  person: string,
  verdict: 'approve' | 'deny',
  reason?: string,
): Promise<void> {
  await licenseflow.requests.decide(asked.requestId, {
    actor: { ref: person, assurance: 'asserted' },
    verdict,
    digest: asked.plan?.digest ?? '',
    stage: asked.stage,
    ...(reason !== undefined && { reason }),
  });
}

function sorted(held: Held): Held {
  return Object.fromEntries(Object.entries(held).sort());
}
