/** Everything through which a worker reaches the tenant, made from the configuration. */
import type { TokenCredential } from '@azure/identity';
import type { Logger } from 'pino';
import type { ActivityDependencies, AuditStore } from '../activities/index.js';
import { PolicyError } from '../activities/index.js';
import { productTable } from '../activities/product-names.js';
import { readServiceFamilies } from '../activities/service-families.js';
import type { Config, GraphCloud } from '../config/config-schema.js';
import { embeddedPostgres } from '../audit/embedded.js';
import { postgres } from '../audit/postgres.js';
import { createAuditStore } from '../audit/store.js';
import { createPolicySource, PolicyFileError } from '../config/policy-file.js';
import type { Policy } from '../domain/policy.js';
import { BulkReads } from '../graph/bulk-reads.js';
import { createGraphGateway } from '../graph/client.js';
import type { Cloud } from '../graph/clouds.js';
import { customCloud, nationalCloud } from '../graph/clouds.js';
import { createCredential } from '../graph/credentials.js';
import type { ObservedCall } from '../graph/observed-call.js';
import { WritePacer } from '../graph/pacing.js';
import { createChannels } from '../notices/channels.js';

export interface TenantAccess extends Omit<ActivityDependencies, 'tenantId' | 'seatPools' | 'campaignPages'> {
  /** Paces the write queue, and learns from every call to Graph. */
  readonly pacer: WritePacer;
}

/**
 * Nothing is sent yet: wrong credentials show at the first call.
 *
 * @param observe told of each call to Graph, beside the pacer.
 */
export function createTenantAccess(
  { graph, policy, notices, audit }: Pick<Config, 'graph' | 'policy' | 'notices' | 'audit'>,
  log: Logger,
  observe: (call: ObservedCall) => void = () => undefined,
): TenantAccess {
  const cloud = cloudOf(graph.cloud);
  const pacer = new WritePacer({ share: graph.writeShare, inFlightMax: graph.writesInFlightMax });
  const gateway = createGraphGateway({
    cloud,
    tenantId: graph.tenantId,
    credential: graphCredential(graph),
    timeoutMs: graph.timeoutMs,
    log,
    observe: (call) => {
      pacer.observe(call);
      observe(call);
    },
  });
  return {
    graph: gateway,
    bulkReads: new BulkReads(),
    policy: policySource(policy.file),
    productNames: productTable(),
    serviceFamilies: readServiceFamilies(),
    pacer,
    channels: createChannels(notices, { graph: gateway, log }),
    audit: auditStore(audit),
  };
}

/** Who this process is, in Graph and wherever else the tenant's identities count. */
export function graphCredential({ credential, cloud, tenantId }: Config['graph']): TokenCredential {
  return createCredential(credential, { cloud: cloudOf(cloud), tenantId });
}

function auditStore({ url, folder }: Config['audit']): AuditStore | null {
  if (url !== undefined) return createAuditStore(postgres(url));
  return folder === undefined ? null : createAuditStore(embeddedPostgres(folder));
}

function cloudOf(cloud: GraphCloud): Cloud {
  return cloud.kind === 'national' ? nationalCloud(cloud.name) : customCloud(cloud);
}

function policySource(file: string): () => Promise<Policy> {
  const read = createPolicySource(file);
  return async () => {
    try {
      return await read();
    } catch (error) {
      if (error instanceof PolicyFileError) throw new PolicyError(error.message, { cause: error });
      throw error;
    }
  };
}
