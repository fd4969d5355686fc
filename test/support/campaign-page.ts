/** Pages of campaigns, driven as their campaign would. */
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import type { WorkflowHandle } from '@temporalio/client';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import type { CampaignPace, CampaignWish } from '../../src/contracts/campaign.js';
import { campaignWorkflowId, DEFAULT_CAMPAIGN_PACE } from '../../src/contracts/campaign.js';
import type {
  CampaignPageInput, CampaignRow, PageContent, PageOrder, PageStatus, PageUser, RollbackPreview,
} from '../../src/contracts/campaign-page.js'; // prettier-ignore
import {
  CAMPAIGN_PAGE, campaignPageWorkflowId, orderPage, pageContent, pageDigest, pageStatus, previewRollback,
} from '../../src/contracts/campaign-page.js'; // prettier-ignore
import type { Pace } from '../../src/contracts/pace.js';
import type { UserState } from '../../src/domain/campaign.js';
import { SKU } from '../../src/simulator/seed/sku-ids.js';
import type { WorkflowCode } from '../../src/worker/workflow-code.js';
import { WORKFLOW_INTERCEPTORS } from '../../src/worker/workflow-code.js';
import { FAST_PACE } from './pace.js';
import type { Playground } from './playground.js';
import { endCampaign, heardStatuses } from './recording-campaign.js';
import { testTemporal } from './temporal.js';
import { until } from './until.js';

export const FAST_CAMPAIGN_PACE: CampaignPace = {
  ...DEFAULT_CAMPAIGN_PACE,
  ...{
    statusEvery: 5,
    statusMs: 50,
    seatsToldMs: 0,
    silentMs: 2_000,
    watchMs: 500,
    intakeMs: 20_000,
    startWithinMs: 20_000,
  },
};

/** From Office 365 E3 to E5. */
export const SWAP: CampaignWish = {
  add: [{ sku: SKU.ENTERPRISEPREMIUM, disabledPlans: [], keepPlans: true }],
  remove: [SKU.ENTERPRISEPACK],
  // What the tenant's E5 lacks.
  losing: ['copilot-chat-protection', 'lighthouse-customer', 'nucleus', 'teams-avatars', 'teams-immersive'],
};

let code: Promise<WorkflowCode> | undefined;

/** Workflows of the product with a campaign that only listens. */
export function recordingWorkflows(): Promise<WorkflowCode> {
  code ??= bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./recording-campaign.ts', import.meta.url)),
    workflowInterceptorModules: WORKFLOW_INTERCEPTORS,
    logger: new DefaultLogger('ERROR'),
  }).then((workflowBundle) => ({ workflowBundle }));
  return code;
}

export interface PageOptions {
  readonly rows: readonly CampaignRow[];
  readonly wishes?: readonly CampaignWish[];
  readonly pace?: Partial<Pace>;
  readonly campaignPace?: Partial<CampaignPace>;
  readonly digest?: string;
  readonly campaignId?: string;
  /** Whether somebody listens. @default true */
  readonly campaign?: boolean;
}

type Ordered<O> = O extends unknown ? Omit<O, 'number'> : never;

export class DrivenPage {
  #number = 0;

  private constructor(
    readonly campaignId: string,
    readonly handle: WorkflowHandle,
    readonly campaign: WorkflowHandle | null,
  ) {}

  static async start(playground: Playground, options: PageOptions): Promise<DrivenPage> {
    const { rows, wishes = [SWAP], pace, campaignPace, campaignId = `t-${randomUUID()}` } = options;
    const { client } = await testTemporal();
    const { taskQueue } = playground;
    const campaign =
      options.campaign === false
        ? null
        : await client.workflow.start('recordingCampaign', { taskQueue, workflowId: campaignWorkflowId(campaignId) });
    const input: CampaignPageInput = {
      ...{ campaignId, page: 1, rows, wishes, digest: options.digest ?? pageDigest(rows, wishes) },
      pace: { ...FAST_PACE, ...pace },
      campaignPace: { ...FAST_CAMPAIGN_PACE, ...campaignPace },
      carried: null,
    };
    const workflowId = campaignPageWorkflowId(campaignId, 1);
    await client.workflow.start(CAMPAIGN_PAGE, { taskQueue, workflowId, args: [input] });
    // Later runs of the page are the same page.
    return new DrivenPage(campaignId, client.workflow.getHandle(workflowId), campaign);
  }

  async order(order: Ordered<PageOrder>): Promise<number> {
    const number = ++this.#number;
    await this.send({ ...order, number });
    return number;
  }

  async send(order: PageOrder): Promise<void> {
    await this.handle.signal(orderPage, order);
  }

  plan(again = false): Promise<number> {
    return this.order({ kind: 'plan', again });
  }

  run(changes: Partial<Extract<PageOrder, { kind: 'run' }>> = {}): Promise<number> {
    const waves = { canaries: [], cuts: [{ wave: 1, users: 10_000 }] };
    const order = { wave: 1, waves, window: 5, perSecond: null, seatWaitMs: 20_000, retry: null };
    return this.order({ kind: 'run', ...order, ...changes });
  }

  rollBack(changes: Partial<Extract<PageOrder, { kind: 'roll-back' }>> = {}): Promise<number> {
    const order = { users: null, waves: null, window: 5, perSecond: null, seatWaitMs: 20_000 };
    return this.order({ kind: 'roll-back', rollback: randomUUID(), ...order, ...changes });
  }

  status(): Promise<PageStatus> {
    return this.handle.query(pageStatus);
  }

  content(): Promise<PageContent> {
    return this.handle.query(pageContent);
  }

  async user(id: string): Promise<PageUser> {
    const found = (await this.content()).users.find((user) => user.id === id);
    if (found === undefined) throw new Error(`The page has no user ${id}.`);
    return found;
  }

  async states(): Promise<readonly UserState[]> {
    return (await this.content()).users.map(({ state }) => state);
  }

  preview(users: readonly string[] | null = null, waves: readonly number[] | null = null): Promise<RollbackPreview> {
    return this.handle.executeUpdate(previewRollback, { args: [{ users, waves }] });
  }

  /** Waits until the order is carried out. */
  async settled(number: number): Promise<PageStatus> {
    return until(
      `order ${String(number)} to be carried out`,
      () => this.status(),
      ({ order, settled }) => order === number && settled,
    );
  }

  async planned(): Promise<PageStatus> {
    return this.settled(await this.plan());
  }

  /** What the campaign was told, in its order. */
  async heard(): Promise<readonly PageStatus[]> {
    return (await this.campaign?.query(heardStatuses)) ?? [];
  }

  /** What the campaign was told last, once it knows that this order is carried out. */
  async lastHeard(number: number): Promise<PageStatus | undefined> {
    const heard = await until(
      `the campaign to hear of order ${String(number)}`,
      () => this.heard(),
      (all) => all.some(({ order, settled }) => order === number && settled),
    );
    return heard.at(-1);
  }

  async end(): Promise<void> {
    await this.campaign?.signal(endCampaign);
    await this.campaign?.result();
  }
}

export function rowsOf(users: readonly { readonly userPrincipalName: string }[]): readonly CampaignRow[] {
  return users.map(({ userPrincipalName }, i) => ({ user: userPrincipalName, wish: 0, line: i + 2 }));
}
