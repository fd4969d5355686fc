/** Questions about the tenant as this worker sees it. */
import type { Finding, FoundPerson, SkuSeats, WritePace } from '../contracts/tenant.js';
import type { Failure } from '../domain/failures.js';
import { describeFailure, meaningOf } from '../domain/failures.js';
import { monthlyPriceOf, skuPolicy } from '../domain/policy.js';
import { freeSeats } from '../domain/seats.js';
import { SUFFICIENT_ROLES } from '../graph/error-table.js';
import { GraphFailure } from '../graph/gateway.js';
import { atBoundary } from './activity-failure.js';
import { auditFinding } from './audit.js';
import { findUser } from './approvers.js';
import type { ActivityDependencies } from './dependencies.js';
import { PolicyError } from './dependencies.js';
import { personOf } from './license-paths.js';
import { seatCount } from './license-request.js';
import { policyOrNull } from './policy-in-force.js';

const CLOCK_SKEW_MS_MAX = 60_000;
const MAY_READ_USERS = ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'];

export function createTenantActivities(deps: ActivityDependencies) {
  const { graph, policy, productNames, tenantId, channels, pacer } = deps;
  return {
    async readSeats(): Promise<readonly SkuSeats[]> {
      return atBoundary(async () => {
        const [subscribed, rules] = await Promise.all([graph.subscribedSkus(), policyOrNull(policy)]);
        return subscribed.map((sku) => ({
          ...seatCount(sku),
          skuId: sku.skuId,
          skuPartNumber: sku.skuPartNumber,
          name: productNames.nameOf(sku.skuId) ?? sku.skuPartNumber,
          appliesTo: sku.appliesTo,
          capabilityStatus: sku.capabilityStatus,
          suspended: sku.prepaidUnits.suspended,
          lockedOut: sku.prepaidUnits.lockedOut,
          free: freeSeats(seatCount(sku), rules?.countWarningUnits ?? false),
          monthlyPrice: rules && monthlyPriceOf(rules, sku),
          requestable: rules !== null && sku.appliesTo === 'User' && skuPolicy(rules, sku) !== null,
          servicePlans: sku.servicePlans.map(({ servicePlanId, servicePlanName, appliesTo }) => ({
            id: servicePlanId,
            name: servicePlanName,
            appliesTo,
          })),
        }));
      });
    },

    async readTenantId(): Promise<string> {
      return atBoundary(tenantId);
    },

    async findPerson(ref: string): Promise<FoundPerson> {
      return atBoundary(async () => {
        const user = await findUser(graph, ref);
        return user && personOf(user);
      });
    },

    readWritePace(): Promise<WritePace> {
      const { share, quotaUsed, throttledLately, pausedForMs } = pacer.snapshot();
      return Promise.resolve({ share, quotaUsed, throttledLately, pausedForMs });
    },

    /** Looks at credentials, permissions, products, policy and clock. Never throws: what fails is a finding. */
    async checkTenant(): Promise<readonly Finding[]> {
      const access = await finding('Sign-in to Microsoft Graph', async () => {
        const { roles, clockSkewMs, tenantId } = await graph.probe();
        return [
          ok('Sign-in to Microsoft Graph', `The application has a token for tenant ${tenantId}.`),
          permission('Permission to write licences', roles, SUFFICIENT_ROLES.assignLicense),
          permission('Permission to read users', roles, MAY_READ_USERS),
          clock(clockSkewMs),
        ];
      });
      const skus = await finding('Products of the tenant', async () => {
        const subscribed = await graph.subscribedSkus();
        return [
          ok('Products of the tenant', `${String(subscribed.length)} products can be read.`),
          ...(await offered(subscribed)),
        ];
      });
      const trail = await finding('Audit trail', async () => [await auditFinding(deps)]);
      return [...access, ...skus, ...(await finding('Notices', told)), ...trail];
    },
  };

  async function told(): Promise<readonly Finding[]> {
    const { roles } = await graph.probe();
    const found = await Promise.all(channels.map((channel) => channel.check({ roles })));
    const named = channels.map(({ name }) => name).join(', ');
    const reaches = channels.some(({ name }) => name !== 'log');
    const operators = (await policyOrNull(policy))?.operators;
    return [
      reaches
        ? ok('Notices', `Channels: ${named}.`)
        : warning(
            'Notices',
            'Nobody is told anything.',
            'Configure a channel: notices.mail, notices.webhook or notices.teams.',
          ),
      ...(reaches && operators?.length === 0
        ? [warning('Operators', 'No mail says what needs attention.', 'Name operators in the policy.')]
        : []),
      ...found.flat(),
    ];
  }

  async function offered(subscribed: readonly { skuId: string; skuPartNumber: string }[]): Promise<readonly Finding[]> {
    const check = 'Policy file';
    try {
      const rules = await policy();
      const known = new Set(subscribed.flatMap((sku) => [sku.skuId, sku.skuPartNumber.toLowerCase()]));
      const unknown = Object.keys(rules.skus).filter((key) => !known.has(key));
      const asserted: Finding =
        rules.assertedDecisions === 'allow'
          ? {
              check: 'Who acts',
              verdict: 'warning',
              text: 'Decisions from the command line are taken on assertion: --as is recorded, and nobody proves it.',
              remedy: 'Set assertedDecisions: refuse in the policy once approvers sign in.',
            }
          : ok('Who acts', 'Decisions are taken only from people who are signed in.');
      return unknown.length === 0
        ? [ok(check, `${String(Object.keys(rules.skus).length)} products can be asked for.`), asserted]
        : [
            {
              check,
              verdict: 'warning',
              text: `The policy names products that the tenant does not own: ${unknown.join(', ')}.`,
              remedy: 'Correct the names, or remove them from the policy file.',
            },
            asserted,
          ];
    } catch (error) {
      if (!(error instanceof PolicyError)) throw error;
      return [
        { check, verdict: 'failed', text: error.message, remedy: 'Correct the policy file; no restart is needed.' },
      ];
    }
  }
}

async function finding(check: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof GraphFailure) return [failed(check, error.failure)];
    throw error;
  }
}

function permission(check: string, roles: readonly string[] | null, sufficient: readonly string[]): Finding {
  if (roles === null)
    return {
      check,
      verdict: 'warning',
      text: 'The token does not show its permissions.',
      remedy: 'Check them in the portal.',
    };
  const granted = sufficient.find((role) => roles.includes(role));
  return granted !== undefined
    ? ok(check, `${granted} is granted.`)
    : {
        check,
        verdict: 'failed',
        text: `None of ${sufficient.join(', ')} is granted.`,
        remedy: `Grant ${sufficient[0] ?? ''} to the application, with admin consent.`,
      };
}

function clock(skewMs: number | null): Finding {
  const check = 'Clock of the worker';
  if (skewMs === null) return { check, verdict: 'warning', text: 'Graph sent no date to compare with.', remedy: null };
  return Math.abs(skewMs) <= CLOCK_SKEW_MS_MAX
    ? ok(check, 'Within a minute of Graph.')
    : {
        check,
        verdict: 'failed',
        text: `Off by ${String(Math.round(skewMs / 1000))} s against Graph; tokens may be refused.`,
        remedy: 'Synchronise the clock (NTP).',
      };
}

function warning(check: string, text: string, remedy: string): Finding {
  return { check, verdict: 'warning', text, remedy };
}

function ok(check: string, text: string): Finding {
  return { check, verdict: 'ok', text, remedy: null };
}

function failed(check: string, failure: Failure): Finding {
  return { check, verdict: 'failed', text: describeFailure(failure), remedy: meaningOf(failure.code).remedy };
}
