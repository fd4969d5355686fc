/** What a licence request asks of the directory and of the policy. Nothing here writes. */
import { ApplicationFailure } from '@temporalio/common';
import { log } from '@temporalio/activity';
import type {
  Confirmation,
  ConfirmDeciderInput,
  LicenseRequest,
  Preparation,
  Problem,
  ReplanInput,
  Replanning,
  ResolveApproversInput,
} from '../contracts/license-request.js';
import type { Stage } from '../domain/approval.js';
import type { Person } from '../domain/person.js';
import { nameOf } from '../domain/person.js';
import { isSatisfied } from '../domain/plan.js';
import type { Policy, SkuPolicy } from '../domain/policy.js';
import { combined, skuPolicy } from '../domain/policy.js';
import type { WriteOperation } from '../graph/error-table.js';
import { permits, SUFFICIENT_ROLES } from '../graph/error-table.js';
import type { SubscribedSku } from '../graph/gateway.js';
import { atBoundary } from './activity-failure.js';
import { findLicensedUser, findUser, resolveApprovers } from './approvers.js';
import { makePlan } from './change-plan.js';
import type { ActivityDependencies } from './dependencies.js';
import { PolicyError } from './dependencies.js';
import { personOf } from './license-paths.js';

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
        const problems = [
          ...accessProblems(roles, request),
          ...personProblems('requester', request.requester, requester),
          ...personProblems('person to be licensed', request.subject, subject),
          ...planned.problems,
          ...('problems' in policies ? policies.problems : []),
        ];
        const { plan } = planned;
        if (problems.length > 0 || !requester || !subject || !plan) return refused(problems);
        if ('problems' in policy || 'problems' in policies) return refused(problems);

        const { stages, ...terms } = combined(policies.policies);
        const parties = { requesterId: requester.id, subjectId: subject.id };
        const asked = await Promise.all(
          stages.map(async (rule): Promise<Stage> => ({
            rule,
            asked: await resolveApprovers(graph, rule, parties),
          })),
        );
        const unattended = asked.filter((stage) => shortOf(stage).length > 0);
        if (unattended.length > 0 && !isSatisfied(plan)) return refused(unattended.map(noApprover));

        return {
          outcome: 'ready',
          requester,
          subject,
          plan,
          stages: asked,
          autoApproved: [],
          assertedDecisions: policy.policy.assertedDecisions,
          seatPriority: 'normal',
          ...terms,
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

    /** Who may decide in a stage, as the directory is now. */
    async resolveStage({ rule, requesterId, subjectId }: ResolveApproversInput): Promise<Stage['asked']> {
      return atBoundary(() => resolveApprovers(graph, rule, { requesterId, subjectId }));
    },

    /** Whether `ref` may decide in the stage right now: the account is enabled and the policy still selects it. */
    async confirmDecider({ rule, requesterId, subjectId, ref }: ConfirmDeciderInput): Promise<Confirmation> {
      return atBoundary(async () => {
        const user = await findUser(graph, ref);
        if (user === null) return { confirmed: false, message: `The directory has no user "${ref}".` };
        const person = personOf(user);
        if (!user.accountEnabled) return { confirmed: false, message: `The account of ${nameOf(person)} is disabled.` };
        const eligible = await resolveApprovers(graph, rule, { requesterId, subjectId });
        return eligible.flat().some(({ id }) => id === person.id)
          ? { confirmed: true, by: person }
          : { confirmed: false, message: `${nameOf(person)} is not an approver of stage "${rule.name}" any more.` };
      });
    },
  };
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
): { policies: readonly SkuPolicy[] } | { problems: readonly Problem[] } {
  const found = skus.map((sku) => ({ sku, policy: skuPolicy(policy, sku) }));
  const closed = found.filter(({ policy }) => policy === null);
  if (closed.length === 0) return { policies: found.flatMap(({ policy }) => (policy === null ? [] : [policy])) };
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
