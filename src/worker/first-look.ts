import type { Logger } from 'pino';
import { PolicyError } from '../activities/index.js';
import { describeFailure, meaningOf } from '../domain/failures.js';
import { GraphFailure } from '../graph/gateway.js';
import type { TenantAccess } from './tenant-access.js';

/**
 * Signs in, reads the policy and opens the audit store once, so that a wrong secret or a slip in the policy is in the log at the start and not
 * at the first request. A worker goes on all the same, and this never throws: work under way must not stop because new
 * work cannot begin, and what waits for either shows the reason itself.
 */
export async function takeFirstLook(access: TenantAccess, log: Logger, signal: AbortSignal): Promise<void> {
  await Promise.all([lookAtGraph(access, log, signal), lookAtPolicy(access, log), lookAtAudit(access, log)]);
}

async function lookAtGraph({ graph }: TenantAccess, log: Logger, signal: AbortSignal): Promise<void> {
  try {
    const { tenantId } = await graph.probe({ signal });
    log.info({ tenantId }, 'Signed in to Microsoft Graph.');
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof GraphFailure)) return log.error({ error }, 'The sign-in to Microsoft Graph was not tried.');
    const { failure } = error;
    const { remedy } = meaningOf(failure.code);
    log.error({ code: failure.code, requestId: failure.requestId }, `${describeFailure(failure)} ${remedy}`);
  }
}

async function lookAtPolicy({ policy }: TenantAccess, log: Logger): Promise<void> {
  try {
    const { skus } = await policy();
    log.info({ products: Object.keys(skus).length }, 'The policy file is in order.');
  } catch (error) {
    if (!(error instanceof PolicyError)) return log.error({ error }, 'The policy file was not read.');
    log.error(`${error.message}\nNew requests are refused until it is corrected; no restart is needed.`);
  }
}

/** Any tenant does: the first question opens the store and brings its tables up to date. */
async function lookAtAudit({ audit }: TenantAccess, log: Logger): Promise<void> {
  if (audit === null) return log.warn('No audit trail is kept: neither audit.url nor audit.folder is set.');
  try {
    await audit.head('');
    log.info('The audit store answers.');
  } catch (error) {
    log.error({ error }, 'The audit store does not answer. What it has to know of first waits until it does.');
  }
}
