/** Campaigns with real pages, driven as their client would. */
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { UpdateDefinition } from '@temporalio/common';
import type {
  CampaignCommand,
  CampaignInput,
  CampaignOptions,
  CampaignPace,
  CampaignSource,
  CampaignView,
  CampaignWish,
  CommandView,
} from '../../src/contracts/campaign.js';
import {
  CAMPAIGN,
  campaignDigest,
  campaignView,
  campaignWorkflowId,
  cancelCampaign,
  confirmCampaign,
  DEFAULT_CAMPAIGN_OPTIONS,
  pauseCampaign,
  promoteCampaign,
  replanCampaign,
  resumeCampaign,
  retryCampaign,
  rollBackCampaign,
  sealCampaign,
  startCampaign,
  tuneCampaign,
} from '../../src/contracts/campaign.js';
import type { CampaignPageInput, CampaignRow, PageContent, PageUser } from '../../src/contracts/campaign-page.js';
import { CAMPAIGN_PAGE, campaignPageWorkflowId, pageContent, pageDigest } from '../../src/contracts/campaign-page.js';
import type { Pace } from '../../src/contracts/pace.js';
import type { CampaignState } from '../../src/domain/campaign.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { FAST_CAMPAIGN_PACE, SWAP } from './campaign-page.js';
import { FAST_PACE } from './pace.js';
import type { Playground } from './playground.js';
import { actor } from './playground.js';
import { testTemporal } from './temporal.js';
import { until } from './until.js';

export interface CampaignSetup {
  readonly rows: readonly CampaignRow[];
  readonly wishes?: readonly CampaignWish[];
  readonly options?: Partial<CampaignOptions>;
  readonly pace?: Partial<Pace>;
  readonly campaignPace?: Partial<CampaignPace>;
  readonly source?: CampaignSource;
  readonly campaignId?: string;
}

/** Content of a command beside who gives it. */
type Given<C> = Omit<C, keyof CampaignCommand> & Partial<CampaignCommand>;

export class DrivenCampaign {
  private constructor(
    readonly campaignId: string,
    readonly handle: WorkflowHandle,
    readonly pages: number,
    private readonly sealing: { readonly rows: number[]; readonly digests: string[] },
  ) {}

  /** Starts the campaign and its pages, and seals it. */
  static async open(playground: Playground, setup: CampaignSetup): Promise<DrivenCampaign> {
    const campaign = await DrivenCampaign.unsealed(playground, setup);
    await campaign.seal();
    return campaign;
  }

  static async unsealed(playground: Playground, setup: CampaignSetup): Promise<DrivenCampaign> {
    const { rows, wishes = [SWAP], campaignId = `t-${randomUUID()}` } = setup;
    const { client } = await testTemporal();
    const { taskQueue } = playground;
    const pace = { ...FAST_PACE, ...setup.pace };
    const campaignPace = { ...FAST_CAMPAIGN_PACE, ...setup.campaignPace };
    const options = { ...DEFAULT_CAMPAIGN_OPTIONS, rollbackWindowMs: 60_000, ...setup.options };
    const source = setup.source ?? { kind: 'file', name: 'users.csv', rows: rows.length, merged: 0 };
    const input: CampaignInput = {
      ...{ campaignId, title: 'Test', source, wishes, options, pace, campaignPace, carried: null },
      digest: campaignDigest({ source, wishes, options }),
      plannedBy: actor(PEOPLE.megan.userPrincipalName),
    };
    const workflowId = campaignWorkflowId(campaignId);
    await client.workflow.start(CAMPAIGN, { taskQueue, workflowId, args: [input] });
    const parts = partsOf(rows, campaignPace.pageRows);
    const digests = parts.map((part) => pageDigest(part, wishes));
    if (source.kind === 'file')
      for (const [i, part] of parts.entries()) {
        const page: CampaignPageInput = {
          ...{
            campaignId,
            page: i + 1,
            rows: part,
            wishes,
            digest: digests[i] ?? '',
            pace,
            campaignPace,
            carried: null,
          },
        };
        const id = campaignPageWorkflowId(campaignId, i + 1);
        await client.workflow.start(CAMPAIGN_PAGE, { taskQueue, workflowId: id, args: [page] });
      }
    const sealing = { rows: parts.map(({ length }) => length), digests };
    return new DrivenCampaign(campaignId, client.workflow.getHandle(workflowId), parts.length, sealing);
  }

  async seal(sealing: { readonly rows: number[]; readonly digests: string[] } = this.sealing): Promise<void> {
    await this.handle.executeUpdate(sealCampaign, { args: [sealing] });
  }

  view(): Promise<CampaignView> {
    return this.handle.query(campaignView);
  }

  async until(...states: CampaignState[]): Promise<CampaignView> {
    return this.untilView(`campaign to be ${states.join(' or ')}`, ({ state }) => states.includes(state));
  }

  async untilView(what: string, isTrue: (view: CampaignView) => boolean, withinMs?: number): Promise<CampaignView> {
    return until(what, () => this.view(), isTrue, withinMs);
  }

  /** Waits for the plan and starts it. */
  async started(): Promise<CommandView> {
    const { plan } = await this.until('planned');
    return this.start({ plan: plan?.digest ?? '' });
  }

  start = this.#command(startCampaign);
  confirm = this.#command(confirmCampaign);
  pause = this.#command(pauseCampaign);
  resume = this.#command(resumeCampaign);
  promote = this.#command(promoteCampaign);
  tune = this.#command(tuneCampaign);
  retry = this.#command(retryCampaign);
  cancel = this.#command(cancelCampaign);
  rollBack = this.#command(rollBackCampaign);
  replan = this.#command(replanCampaign);

  async page(page: number): Promise<PageContent> {
    const { client } = await testTemporal();
    return client.workflow.getHandle(campaignPageWorkflowId(this.campaignId, page)).query(pageContent);
  }

  async users(): Promise<readonly PageUser[]> {
    const pages = await Promise.all(Array.from({ length: this.pages }, (_, i) => this.page(i + 1)));
    return pages.flatMap(({ users }) => users);
  }

  #command<C extends CampaignCommand>(definition: UpdateDefinition<CommandView, [C]>) {
    return (given: Given<C>): Promise<CommandView> => {
      const command = {
        ...{ commandId: randomUUID(), actor: actor(PEOPLE.megan.userPrincipalName), reason: null },
        ...given,
      };
      return this.handle.executeUpdate(definition, { args: [command as unknown as C] });
    };
  }
}

function partsOf(rows: readonly CampaignRow[], size: number): readonly (readonly CampaignRow[])[] {
  return Array.from({ length: Math.ceil(rows.length / size) }, (_, i) => rows.slice(i * size, (i + 1) * size));
}
