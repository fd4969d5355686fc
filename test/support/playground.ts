/** A tenant, workers and a client library of one test's own, on the shared server and simulator. */
import { randomUUID } from 'node:crypto';
import { Client } from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import type { PolicyStage, Policy } from '../../src/domain/policy.js';
import type { LicenseRequest, RequestState, RequestView } from '../../src/contracts/license-request.js';
import { questionOf } from '../../src/contracts/license-request.js';
import type { Pace } from '../../src/contracts/pace.js';
import type { AuditStore, NoticeChannel } from '../../src/activities/index.js';
import type { Licenseflow } from '../../src/client/index.js';
import { createLicenseflow } from '../../src/client/index.js';
import type { ProductNames } from '../../src/activities/dependencies.js';
import { readServiceFamilies } from '../../src/activities/service-families.js';
import { customCloud } from '../../src/graph/clouds.js';
import { createCredential } from '../../src/graph/credentials.js';
import { BulkReads } from '../../src/graph/bulk-reads.js';
import { createGraphGateway } from '../../src/graph/client.js';
import type { GraphGateway } from '../../src/graph/gateway.js';
import type { WritePacerOptions } from '../../src/graph/pacing.js';
import { WritePacer } from '../../src/graph/pacing.js';
import type { WorkflowCode } from '../../src/worker/workflow-code.js';
import { createWorkers, runTogether } from '../../src/worker/workers.js';
import { SEED_APPLICATION } from '../../src/simulator/seed/contoso.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { NewTenant } from '../../src/simulator/simulator.js';
import type { LoggedCall } from '../../src/simulator/call-log.js';
import type { FaultRuleInput } from '../../src/simulator/fault.js';
import type { AssignedLicense } from '../../src/simulator/group-record.js';
import type { Tenant, UserPatch } from '../../src/simulator/tenant.js';
import type { UserRecord } from '../../src/simulator/user-record.js';
import { FAST_PACE } from './pace.js';
import { policyOf, skuPolicyOf, stageOf } from './policy.js';
import { testSimulator } from './simulator.js';
import { testTemporal, workflowBundle } from './temporal.js';
import { until } from './until.js';

export interface PlaygroundOptions {
  readonly tenant?: NewTenant;
  readonly pace?: Partial<Pace>;
  readonly policy?: Partial<Policy>;
  readonly stages?: readonly PolicyStage[];
  readonly seatWaitMs?: number;
  readonly timeoutMs?: number;
  /** Start without a worker. */
  readonly idle?: boolean;
  readonly answerWithinMs?: number;
  /** More that are open at one time are read again from their histories at each turn. @default 500 */
  readonly cachedWorkflows?: number;
  /** Ways to tell people. @default none */
  readonly channels?: (graph: GraphGateway) => readonly NoticeChannel[];
  /** Where the audit trail is kept; `pace` says whether it is told anything. @default nowhere */
  readonly audit?: AuditStore;
  /** The pace of writes. @default hardly any limit */
  readonly writes?: WritePacerOptions;
  /** Of client and workers. @default payloads as they are */
  readonly dataConverter?: DataConverter;
  /** What products and plans are called. @default their part numbers and plan names */
  readonly productNames?: ProductNames;
  /** Workflows of the test's own. @default those of the product */
  readonly workflowCode?: WorkflowCode;
}

export const actor = (ref: string) => ({ ref, assurance: 'asserted' as const });

export const oneApproval: PolicyStage = stageOf('manager', [
  { manager: { level: 1, upTo: 1, fallback: [PEOPLE.johanna.userPrincipalName] } },
]);

/** What a new colleague is to be, beside a manager (Megan) and a usage location. */
export type Hiring = Omit<UserPatch, 'displayName' | 'userPrincipalName'> & {
  readonly licenses?: readonly AssignedLicense[];
};

export class Playground {
  #hired = 0;
  #running: { stop: AbortController; ended: Promise<void> }[] = [];

  private constructor(
    readonly tenant: Tenant,
    readonly taskQueue: string,
    readonly licenseflow: Licenseflow,
    readonly pacer: WritePacer,
    /** The policy in force; a test may change it while things run. */
    public policy: Policy,
    private readonly options: PlaygroundOptions,
  ) {}

  static async open(options: PlaygroundOptions = {}): Promise<Playground> {
    const simulator = await testSimulator();
    const tenant = await simulator.createTenant({
      ...options.tenant,
      options: { quota: 'off', ...options.tenant?.options },
    });
    const client = await clientOf(options);
    const taskQueue = `test-${randomUUID()}`;
    const licenseflow = createLicenseflow({
      client,
      taskQueue,
      pace: { ...FAST_PACE, ...options.pace },
      answerWithinMs: options.answerWithinMs ?? 40_000,
    });
    const pacer = new WritePacer({
      share: 1,
      inFlightMax: 50,
      inFlightAtStart: 50,
      quota: { writes: 100_000, windowMs: 1_000 },
      ...options.writes,
    });
    const playground = new Playground(tenant, taskQueue, licenseflow, pacer, offering(options), options);
    if (options.idle !== true) await playground.startWorkers();
    return playground;
  }

  /** The same library, for a caller who waits only so long for an answer. */
  async impatient(answerWithinMs: number): Promise<Licenseflow> {
    const client = await clientOf(this.options);
    const pace = { ...FAST_PACE, ...this.options.pace };
    return createLicenseflow({ client, taskQueue: this.taskQueue, pace, answerWithinMs });
  }

  /** Graph as a worker of this tenant reaches it. */
  async gateway(): Promise<GraphGateway> {
    const { graphUrl, authorityHost } = await testSimulator();
    const cloud = customCloud({ graphRoot: graphUrl, authorityHost });
    const tenantId = this.tenant.id;
    const credential = createCredential(
      { kind: 'client-secret', clientId: SEED_APPLICATION.appId, clientSecret: SEED_APPLICATION.secrets[0] },
      { cloud, tenantId },
    );
    return createGraphGateway({
      cloud,
      tenantId,
      credential,
      timeoutMs: this.options.timeoutMs ?? 5_000,
      observe: (call) => this.pacer.observe(call),
    });
  }

  async startWorkers(): Promise<void> {
    const graph = await this.gateway();
    const { nativeConnection, server } = await testTemporal();
    const workers = await createWorkers({
      connection: nativeConnection,
      namespace: server.namespace,
      config: {
        temporal: { taskQueue: this.taskQueue },
        graph: { writeShare: 1 },
        worker: {
          workflowTasks: 40,
          readActivities: 100,
          cachedWorkflows: this.options.cachedWorkflows ?? 500,
          writesPerSecond: 100_000,
          shutdownGraceMs: 5_000,
        },
      },
      access: {
        graph,
        bulkReads: new BulkReads(),
        pacer: this.pacer,
        policy: () => Promise.resolve(this.policy),
        productNames: this.options.productNames ?? { nameOf: () => null, planNameOf: () => null },
        serviceFamilies: readServiceFamilies(),
        channels: this.options.channels?.(graph) ?? [],
        audit: this.options.audit ?? null,
      },
      ...(this.options.dataConverter !== undefined && { dataConverter: this.options.dataConverter }),
      workflowCode: this.options.workflowCode ?? { workflowBundle: await workflowBundle() },
    });
    const stop = new AbortController();
    this.#running.push({ stop, ended: runTogether(workers, stop.signal, () => undefined) });
  }

  async stopWorkers(): Promise<void> {
    const running = this.#running;
    this.#running = [];
    for (const { stop } of running) stop.abort();
    await Promise.all(running.map(({ ended }) => ended));
  }

  async close(): Promise<void> {
    await this.stopWorkers();
  }

  /** From now on new requests for any product are decided in these stages. */
  askIn(...stages: readonly PolicyStage[]): void {
    this.policy = { ...this.policy, skus: offering({ ...this.options, stages }).skus };
  }

  /** Somebody whom no other test knows: Megan is the manager, and nothing is held but `licenses`. */
  hire({ licenses = [], ...fields }: Hiring = {}): UserRecord {
    const n = String(++this.#hired);
    const { id } = this.tenant.createUser({
      displayName: `Colleague ${n}`,
      userPrincipalName: `colleague${n}@contoso.com`,
      usageLocation: 'US',
      managerId: PEOPLE.megan.id,
      ...fields,
    });
    return this.tenant.changeLicenses(id, { addLicenses: licenses });
  }

  /** Waits until reads that are behind by `lagMs` show this person as now. */
  async knownTo(lagMs: number, user: string): Promise<void> {
    const since = this.tenant.userTimeline(user).at(-1)?.at ?? 0;
    await until(
      `${user} to be known everywhere`,
      () => Date.now() - since,
      (age) => age > lagMs,
    );
  }

  /** A wish of `person`, for Power Automate Free unless `wish` says otherwise. */
  wishOf(person: { userPrincipalName: string }, wish: Partial<LicenseRequest> = {}): Partial<LicenseRequest> {
    const { userPrincipalName } = person;
    return {
      requester: userPrincipalName,
      subject: userPrincipalName,
      add: [{ sku: SKU.FLOW_FREE, disabledPlans: [] }],
      ...wish,
    };
  }

  /** A wish of Adele for herself, unless `wish` says otherwise. */
  request(wish: Partial<LicenseRequest> = {}): LicenseRequest {
    return {
      requestId: `t-${randomUUID()}`,
      requester: PEOPLE.adele.userPrincipalName,
      subject: PEOPLE.adele.userPrincipalName,
      add: [{ sku: 'POWER_BI_PRO', disabledPlans: [] }],
      remove: [],
      justification: 'quarter report',
      ...wish,
    };
  }

  /** Submits as the requester and expects to be accepted. */
  async submitted(wish: Partial<LicenseRequest> = {}): Promise<string> {
    const request = this.request(wish);
    const answer = await this.licenseflow.requests.submit(request, actor(request.requester));
    if (answer.outcome !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(answer)}`);
    return request.requestId;
  }

  /** Approves the plan that is shown now, by Adele's manager unless somebody else is named. */
  async approve(requestId: string, by: string = PEOPLE.megan.userPrincipalName): Promise<RequestView> {
    const view = await this.licenseflow.requests.view(requestId);
    return this.licenseflow.requests.decide(requestId, {
      actor: actor(by),
      verdict: 'approve',
      ...(questionOf(view) ?? { digest: '', stage: null }),
    });
  }

  /** Submits, approves, and waits for the end. */
  async approved(wish: Partial<LicenseRequest> = {}): Promise<RequestView> {
    const requestId = await this.submitted(wish);
    await this.approve(requestId);
    return this.licenseflow.requests.wait(requestId, 30_000);
  }

  async untilState(requestId: string, ...states: RequestState[]): Promise<RequestView> {
    return until(
      `request ${requestId} to be ${states.join(' or ')}`,
      () => this.licenseflow.requests.view(requestId),
      ({ state }) => states.includes(state),
    );
  }

  async deny(requestId: string, by: string = PEOPLE.megan.userPrincipalName, reason?: string): Promise<RequestView> {
    const view = await this.licenseflow.requests.view(requestId);
    return this.licenseflow.requests.decide(requestId, {
      actor: actor(by),
      verdict: 'deny',
      ...(questionOf(view) ?? { digest: '', stage: null }),
      ...(reason !== undefined && { reason }),
    });
  }

  /** Licence writes that reached Graph, about one person or about anyone, whatever came of them. */
  writes(user?: string): readonly LoggedCall[] {
    const userId = user === undefined ? undefined : this.tenant.user(user).id;
    return this.tenant.calls({ method: 'POST', userId }).filter(({ path }) => path.endsWith('/assignLicense'));
  }

  /** Those among {@link writes} that changed something. */
  effectiveWrites(user?: string): readonly LoggedCall[] {
    return this.writes(user).filter(({ effective }) => effective);
  }

  /** Something goes wrong with licence writes for this person. */
  breakWrites(user: string, fault: FaultRuleInput['fault'], times?: number): string {
    return this.tenant.addFault({
      match: { method: 'POST', path: '/users/*/assignLicense', userId: user },
      fault,
      ...(times !== undefined && { times }),
    });
  }

  /** Direct licences of a person in the simulator, as `skuId -> disabled plans`. */
  held(user: string): Record<string, readonly string[]> {
    return Object.fromEntries(
      this.tenant
        .user(user)
        .licensePaths.filter((path) => path.assignedByGroup === null)
        .map((path) => [path.skuId, [...path.disabledPlans].sort()]),
    );
  }
}

async function clientOf({ dataConverter }: PlaygroundOptions): Promise<Client> {
  const { client, connection, server } = await testTemporal();
  return dataConverter === undefined ? client : new Client({ connection, namespace: server.namespace, dataConverter });
}

function offering({ policy, stages = [oneApproval], seatWaitMs = 20_000 }: PlaygroundOptions): Policy {
  const rule = skuPolicyOf({ stages, seatWaitMs });
  return policyOf({ skus: Object.fromEntries(Object.values(SKU).map((skuId) => [skuId, rule])), ...policy });
}
