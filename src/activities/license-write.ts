/**
 * The licence write: read, three-way rule, one `assignLicense` call, read-back.
 *
 * It may be cut off at any point and run again. Each attempt starts with a read, so a call whose answer was lost is seen
 * as made; and the same call sent twice changes nothing the second time, except that Graph refuses to remove what is gone
 * (E2), which therefore means "perhaps already done".
 */
import { activityInfo, Context } from '@temporalio/activity';
import type {
  ReadLicensesInput,
  ReadLicensesResult,
  SetUsageLocationInput,
  WriteLicensesInput,
  WriteLicensesResult,
} from '../contracts/license-change.js';
import type { LicenseChange, SkuId, TouchedState } from '../domain/license.js';
import type { SkuContents } from '../domain/plan.js';
import { locate, skuIdsOf, touched } from '../domain/license.js';
import type { GraphGateway } from '../graph/gateway.js';
import { GraphFailure } from '../graph/gateway.js';
import { atBoundary, RefusedWrite } from './activity-failure.js';
import { contentsOfTenant } from './change-plan.js';
import type { ActivityDependencies, WritePause } from './dependencies.js';
import { directLicenses } from './license-paths.js';
import { whileHeartbeating } from './heartbeat.js';

type WriteDependencies = Pick<ActivityDependencies, 'graph'> & { readonly pacer: WritePause };

export function createLicenseWriteActivities({ graph, pacer }: WriteDependencies) {
  return {
    /**
     * Makes the touched SKUs of one user what they shall be.
     *
     * A cancellation is obeyed until the call is sent. From then on the outcome is worth more than a quick end: the
     * activity waits for Graph's answer and reports it.
     *
     * @throws ApplicationFailure whose type is a `FailureCode`; `DRIFT` if the state is neither before nor target.
     */
    async writeLicenses(input: WriteLicensesInput): Promise<WriteLicensesResult> {
      return atBoundary(() => whileHeartbeating(() => writeOnce(graph, pacer, input)));
    },

    /** Sets the usage location; nothing is sent if it is there already. */
    async setUsageLocation({ userId, from, to }: SetUsageLocationInput): Promise<void> {
      await atBoundary(() =>
        whileHeartbeating(async () => {
          respectPause(pacer);
          const { usageLocation } = await graph.user(userId, { signal: Context.current().cancellationSignal });
          if (usageLocation === to) return;
          if (usageLocation !== from)
            throw new GraphFailure({
              code: 'DRIFT',
              message: `The usage location is ${usageLocation ?? 'empty'}, expected ${from ?? 'empty'}.`,
            });
          await graph.setUsageLocation(userId, to, { priority: 'High' });
        }),
      );
    },
  };
}

export function createLicenseReadActivities({ graph }: Pick<ActivityDependencies, 'graph'>) {
  return {
    /** The direct state of some SKUs of one user, as a read shows it now. */
    async readLicenses({ userId, skuIds }: ReadLicensesInput): Promise<ReadLicensesResult> {
      return atBoundary(async () => {
        const user = await graph.userLicenses(userId, { signal: Context.current().cancellationSignal });
        return {
          current: touched(directLicenses(user), skuIds),
          throughGroup: skuIds.filter((skuId) =>
            user.paths.some((path) => path.skuId === skuId && path.assignedByGroup !== null),
          ),
          anyLicense: user.paths.length > 0,
          usageLocation: user.usageLocation,
        };
      });
    },

    /** Plan ids of these SKUs as the tenant has them now; a SKU that the tenant no longer owns is missing. */
    async readContents(skuIds: readonly SkuId[]): Promise<SkuContents> {
      return atBoundary(async () => {
        const subscribed = await graph.subscribedSkus({ signal: Context.current().cancellationSignal });
        return contentsOfTenant(subscribed.filter(({ skuId }) => skuIds.includes(skuId)));
      });
    },
  };
}

async function writeOnce(
  graph: GraphGateway,
  pacer: WriteDependencies['pacer'],
  { userId, before, target, priority }: WriteLicensesInput,
): Promise<WriteLicensesResult> {
  respectPause(pacer);
  const { cancellationSignal } = Context.current();
  for (let refusals = 0; ; refusals++) {
    const current = await readState(graph, userId, target, cancellationSignal);
    const position = locate(current, before, target);
    if (position.at === 'target')
      return { outcome: 'done', wrote: activityInfo().attempt > 1, current, requestId: null };
    if (position.at === 'elsewhere')
      throw new GraphFailure({ code: 'DRIFT', message: `Changed by someone else: ${position.drifted.join(', ')}.` });

    cancellationSignal.throwIfAborted();
    const requestId = await send(graph, userId, position.change, current, priority);
    if (requestId !== null) return readBack(graph, userId, before, target, requestId);
    // Graph knows nothing to remove. The next read shows what is left to do, or still lags behind what was done.
    if (refusals > 0) return { outcome: 'written', requestId: null };
  }
}

/** Sends the call. `null` stands for E2, "perhaps made before". */
async function send(
  graph: GraphGateway,
  userId: string,
  change: LicenseChange,
  sentFrom: TouchedState,
  priority: WriteLicensesInput['priority'],
): Promise<string | null> {
  try {
    const { requestId } = await graph.assignLicense(userId, change, {
      priority: priority === 'person' ? 'High' : 'Low',
    });
    return requestId;
  } catch (error) {
    if (!(error instanceof GraphFailure)) throw error;
    if (error.failure.code === 'NOT_HELD') return null;
    throw new RefusedWrite(error, sentFrom);
  }
}

/** A read-back that fails takes nothing away from a write that was accepted: it is *written*, and read again later. */
async function readBack(
  graph: GraphGateway,
  userId: string,
  before: TouchedState,
  target: TouchedState,
  requestId: string | null,
): Promise<WriteLicensesResult> {
  try {
    const current = await readState(graph, userId, target);
    if (locate(current, before, target).at === 'target') return { outcome: 'done', wrote: true, current, requestId };
  } catch (error) {
    if (!(error instanceof GraphFailure)) throw error;
  }
  return { outcome: 'written', requestId };
}

async function readState(
  graph: GraphGateway,
  userId: string,
  target: TouchedState,
  signal?: AbortSignal,
): Promise<TouchedState> {
  const user = await graph.userLicenses(userId, signal ? { signal } : {});
  return touched(directLicenses(user), skuIdsOf(target));
}

/** Tasks that were polled before Graph asked for a pause give their turn back until it is over. */
function respectPause(pacer: WriteDependencies['pacer']): void {
  const retryAfterMs = pacer.pausedForMs();
  if (retryAfterMs > 0)
    throw new GraphFailure({ code: 'THROTTLED', message: 'Writes to this tenant are paused.', retryAfterMs });
}
