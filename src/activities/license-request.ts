/** What a licence request asks of the directory and of the policy. Nothing here writes. */
import { ApplicationFailure } from '@temporalio/common';
import { Context, log } from '@temporalio/activity';
import type {
  Confirmation,
  ConfirmDeciderInput,
  ConfirmDelegateInput,
  LicenseRequest,
  Preparation,
  Problem,
  ReadReadinessInput,
  ReplanInput,
  Replanning,
  ResolveApproversInput,
  ResolvedStage,
} from '../contracts/license-request.js';
import type { Stage } from '../domain/approval.js';
import { escalatedRule } from '../domain/approval.js';
import type { Person } from '../domain/person.js';
import { nameOf } from '../domain/person.js';
import { isSatisfied, takesAway } from '../domain/plan.js';
import type { Circumstances, Policy, PolicyStage, SkuPolicy } from '../domain/policy.js';
import { autoApproval, combined, conditionText, mostUrgent, seatPriorityOf, skuPolicy } from '../domain/policy.js';
import { freeSeats } from '../domain/seats.js';
import type { WriteOperation } from '../graph/error-table.js';
import { permits, SUFFICIENT_ROLES } from '../graph/error-table.js';
import type { DirectoryUser, GraphGateway, SubscribedSku } from '../graph/gateway.js';
import { atBoundary } from './activity-failure.js';
import { findLicensedUser, findUser, goneAmong, inability, resolveApprovers } from './approvers.js';
import { makePlan } from './change-plan.js';
import type { ActivityDependencies } from './dependencies.js';
import { PolicyError } from './dependencies.js';
import { personOf } from './license-paths.js';
import type { Offer } from './request-term.js';
import { pendingPlans, termOf } from './request-term.js';

export type LicenseRequestActivities = ReturnType<typeof createLicenseRequestActivities>;

export function createLicenseRequestActivities(deps: ActivityDependencies) {
  const { graph } = deps;

  return {
    /**
     * Checks a request and makes its plan. Everything that is wrong is said in one answer.
     */
    async prepareRequest(request: LicenseRequest): Promise<Preparation> {
      return atBoundary(async () => {
        const [{ roles }, requesterUser, subjectUser, subscribed, policy] = await Promise.all([
          graph.probe(),
          findUser(graph, request.requester),
          findLicensedUser(graph, request.subject),
          graph.subscribedSkus(),
          readPolicy(deps),
        ]);
        const requester = requesterUser && personOf(requesterUser);
        const subject = subjectUser && personOf(subjectUser);
        const refused = (problems: readonly Problem[]): Preparation => ({
          outcome: 'refused',
          problems,
          requester,
          subject,
        });

        const dependencies = { policy: planDependencies(policy), learned: [] };
        const planned = await makePlan(deps, { request, user: subjectUser, subscribed, dependencies });
        const policies = 'problems' in policy ? policy : skuPolicies(policy.policy, planned.skus);
        const ending =
          'problems' in policies || planned.skus.length === 0
            ? null
            : termOf(request, policies.policies, subscribed, deps.productNames);
        const problems = [
          ...accessProblems(roles, request),
          ...personProblems('requester', request.requester, requester),
          ...personProblems('person to be licensed', request.subject, subject),
          ...planned.problems,
          ...('problems' in policies ? policies.problems : []),
          ...(ending?.problems ?? []),
        ];
        const { plan } = planned;
        if (problems.length > 0 || !requester || !subject || !subjectUser || !plan) return refused(problems);
        if ('problems' in policy || 'problems' in policies || ending === null) return refused(problems);

        const offers = policies.policies.map((offer) => ({
          ...offer,
          circumstances: circumstancesOf(subjectUser, offer.sku, policy.policy),
        }));
        // Whoever loses something, or gets less of it, is not decided about by a rule.
        const spared = takesAway(plan) ? [] : offers.flatMap(sparedBy);
        const { stages, holdSeat, seatWaitMs } = combined(
          offers.map(({ sku, rule }) => (spared.some(({ skuId }) => skuId === sku.skuId) ? unasked(rule) : rule)),
        );
        const parties = { requesterId: requester.id, subjectId: subject.id };
        const asked = await Promise.all(stages.map((rule) => askedIn(graph, rule, parties)));
        const unattended = asked.filter(({ reachable }) => shortOf(reachable).length > 0);
        if (unattended.length > 0 && !isSatisfied(plan))
          return refused(unattended.map(({ reachable }) => noApprover(reachable)));

        return {
          outcome: 'ready',
          requester,
          subject,
          plan,
          stages: asked.map(({ stage }) => stage),
          autoApproved: spared.map(({ sentence }) => sentence),
          stagesInFull: combined(offers.map(({ rule }) => rule)).stages,
          assertedDecisions: policy.policy.assertedDecisions,
          seatPriority: mostUrgent(offers.map(({ rule, circumstances }) => seatPriorityOf(rule, circumstances))),
          holdSeat,
          seatWaitMs,
          term: ending.term,
          stepDownTo: ending.stepDownTo,
        };
      });
    },

    /** Makes the plan anew from what the user holds now. Its `before` is the snapshot that undoing restores. */
    async replanRequest({ request, learned }: ReplanInput): Promise<Replanning> {
      return atBoundary(async () => {
        const [user, subscribed, policy] = await Promise.all([
          graph.userLicenses(request.subject),
          graph.subscribedSkus(),
          readPolicy(deps),
        ]);
        const dependencies = { policy: planDependencies(policy), learned };
        const { plan, problems } = await makePlan(deps, { request, user, subscribed, dependencies });
        return plan === null ? { outcome: 'refused', problems } : { outcome: 'planned', plan };
      });
    },

    /** Plans of what was assigned that are on and not ready yet, by name. */
    async readReadiness(input: ReadReadinessInput): Promise<readonly string[]> {
      return atBoundary(() => pendingPlans(graph, input, Context.current().cancellationSignal));
    },

    /** Who may decide in a stage, as the directory is now. */
    async resolveStage({ rule, delegates, ...parties }: ResolveApproversInput): Promise<ResolvedStage> {
      return atBoundary(async () => {
        const [asked, gone] = await Promise.all([resolveApprovers(graph, rule, parties), goneAmong(graph, delegates)]);
        return { asked, gone };
      });
    },

    /**
     * Whether `ref` may decide in the stage right now: the account is enabled, and the policy still selects this person,
     * or somebody who handed the decision on to them.
     */
    async confirmDecider({ rule, ref, delegations, ...parties }: ConfirmDeciderInput): Promise<Confirmation> {
      return atBoundary(async () => {
        const user = await findUser(graph, ref);
        const unable = inability(ref, user);
        if (user === null || unable !== null) return { confirmed: false, message: unable ?? '' };
        const person = personOf(user);
        const standsFor = represented(person.id, delegations);
        const eligible = (await resolveApprovers(graph, rule, parties)).flat();
        const isParty = person.id === parties.requesterId || person.id === parties.subjectId;
        return !isParty && eligible.some(({ id }) => standsFor.includes(id))
          ? { confirmed: true, by: person }
          : { confirmed: false, message: `${nameOf(person)} is not an approver of stage "${rule.name}" any more.` };
      });
    },

    /** Whether `ref` can decide for somebody else at all: an enabled member of the directory. */
    async confirmDelegate({ ref }: ConfirmDelegateInput): Promise<Confirmation> {
      return atBoundary(async () => {
        const user = await findUser(graph, ref);
        const unable = inability(ref, user);
        return user === null || unable !== null
          ? { confirmed: false, message: unable ?? '' }
          : { confirmed: true, by: personOf(user) };
      });
    },
  };
}

/** Everybody for whom this person decides: themselves, and all who handed their decision on towards them. */
function represented(id: string, delegations: ConfirmDeciderInput['delegations']): readonly string[] {
  const givers = delegations.filter(({ to }) => to === id).map(({ from }) => from);
  return [id, ...givers.flatMap((giver) => represented(giver, delegations))];
}

interface AskedStage {
  readonly stage: Stage;
  /** The stage as it would be after its escalation; the same where it has none. */
  readonly reachable: Stage;
}

async function askedIn(
  graph: GraphGateway,
  rule: PolicyStage,
  parties: { readonly requesterId: string; readonly subjectId: string },
): Promise<AskedStage> {
  const stage = { rule, asked: await resolveApprovers(graph, rule, parties) };
  if (rule.escalation === null || shortOf(stage).length === 0) return { stage, reachable: stage };
  return { stage, reachable: { rule, asked: await resolveApprovers(graph, escalatedRule(rule), parties) } };
}

function circumstancesOf(
  { department, jobTitle, companyName, officeLocation, usageLocation }: DirectoryUser,
  sku: SubscribedSku,
  { countWarningUnits }: Policy,
): Circumstances {
  return {
    ...{ department, jobTitle, companyName, officeLocation, usageLocation },
    freeSeats: freeSeats(seatCount(sku), countWarningUnits),
  };
}

/** Why nobody is asked about a product that the policy approves by itself. */
function sparedBy({ sku, rule, circumstances }: Offer & { readonly circumstances: Circumstances }) {
  const condition = rule.stages.length === 0 ? null : autoApproval(rule, circumstances);
  if (condition === null) return [];
  const { skuId, skuPartNumber } = sku;
  return [{ skuId, sentence: `${skuPartNumber} is approved by rule: ${conditionText(condition)}.` }];
}

function unasked(rule: SkuPolicy): SkuPolicy {
  return { ...rule, stages: [] };
}

export function seatCount(sku: SubscribedSku) {
  return { enabled: sku.prepaidUnits.enabled, warning: sku.prepaidUnits.warning, consumed: sku.consumedUnits };
}

type PolicyRead = { readonly policy: Policy } | { readonly problems: readonly Problem[] };

/** Without a policy file that can be read, dependencies are learned from Graph's refusals. */
function planDependencies(read: PolicyRead): Policy['planDependencies'] {
  return 'problems' in read ? [] : read.policy.planDependencies;
}

/** A wrong policy file refuses new requests and says why; what was accepted before goes on by its recorded stages. */
async function readPolicy({ policy }: ActivityDependencies): Promise<PolicyRead> {
  try {
    return { policy: await policy() };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw ApplicationFailure.fromError(error);
    log.error('policy file refused', { error: error.message });
    return {
      problems: [
        {
          code: 'POLICY_INVALID',
          message: `The policy file cannot be used: ${error.message}`,
          remedy: 'Correct the file, then submit again; no restart is needed.',
        },
      ],
    };
  }
}

function skuPolicies(
  policy: Policy,
  skus: readonly SubscribedSku[],
): { policies: readonly Offer[] } | { problems: readonly Problem[] } {
  const found = skus.map((sku) => ({ sku, rule: skuPolicy(policy, sku) }));
  const closed = found.filter(({ rule }) => rule === null);
  if (closed.length === 0)
    return { policies: found.flatMap(({ sku, rule }) => (rule === null ? [] : [{ sku, rule }])) };
  return {
    problems: closed.map(({ sku }) => ({
      code: 'NOT_REQUESTABLE',
      message: `The policy does not offer ${sku.skuPartNumber}.`,
      remedy: 'Ask the licence operators to add the product to the policy file, or choose another product.',
    })),
  };
}

/** What the application itself may not do. Where its token does not show its roles, Graph says so when it is tried. */
function accessProblems(roles: readonly string[] | null, { usageLocation }: LicenseRequest): readonly Problem[] {
  if (roles === null) return [];
  const needed: readonly WriteOperation[] =
    usageLocation === undefined ? ['assignLicense'] : ['assignLicense', 'setUsageLocation'];
  return needed
    .filter((operation) => !permits(roles, operation))
    .map((operation) => ({
      code: 'FORBIDDEN',
      message: `The application may not ${DOES[operation]} in this tenant.`,
      remedy: `Grant it ${SUFFICIENT_ROLES[operation][0] ?? ''} with admin consent, then submit again.`,
    }));
}

const DOES: Readonly<Record<WriteOperation, string>> = {
  assignLicense: 'assign licences',
  setUsageLocation: 'set usage locations',
};

function personProblems(role: string, ref: string, person: Person | null): readonly Problem[] {
  if (person !== null) return [];
  return [
    {
      code: 'USER_NOT_FOUND',
      message: `The ${role}, "${ref}", is not in the directory.`,
      remedy: 'Check the spelling (object id or user principal name); a user created minutes ago may need a moment.',
    },
  ];
}

/** Requirements whose quorum the people found cannot reach. */
function shortOf({ rule, asked }: Stage): readonly { readonly quorum: number; readonly found: number }[] {
  return rule.requirements
    .map(({ quorum }, i) => ({ quorum, found: asked[i]?.length ?? 0 }))
    .filter(({ quorum, found }) => found < quorum);
}

function noApprover(stage: Stage): Problem {
  const short = shortOf(stage).map(({ quorum, found }) => `${String(quorum)} to approve and only ${String(found)} can`);
  return {
    code: 'NO_ELIGIBLE_APPROVER',
    message: `Stage "${stage.rule.name}" needs ${short.join(', and ')}.`,
    remedy: 'Approvers must be enabled members other than requester and subject; name a fallback in the policy.',
  };
}
