/** Pages of campaigns as workflows: how they are started, and what they hold. */
import type { Client } from '@temporalio/client';
import { WorkflowExecutionAlreadyStartedError, WorkflowNotFoundError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { CampaignPageInput } from '../contracts/campaign-page.js';
import { CAMPAIGN_PAGE, campaignPageWorkflowId, pageContent } from '../contracts/campaign-page.js';
import { CAMPAIGN_REFUSALS } from '../contracts/campaign.js';
import { PRIORITY } from '../contracts/task-queues.js';
import { askingAgain, howItStands } from './temporal-errors.js';

const ANSWER_WITHIN_MS = 15_000;

interface CampaignPagesOptions {
  readonly client: Client;
  readonly taskQueue: string;
}

/** What Temporal keeps of a page beside its content; readable without a worker, also when the page is over. */
export interface CampaignPageMemo extends Record<string, unknown> {
  readonly digest: string;
}

export function campaignPages({ client, taskQueue }: CampaignPagesOptions) {
  const handleOf = (campaignId: string, page: number) =>
    client.workflow.getHandle(campaignPageWorkflowId(campaignId, page));

  async function digestOf(campaignId: string, page: number): Promise<string | null> {
    try {
      const { memo } = await handleOf(campaignId, page).describe();
      return (memo as Partial<CampaignPageMemo> | undefined)?.digest ?? '';
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return null;
      throw error;
    }
  }

  return {
    /** Digest of a page, whether it runs or is over; `null` where there never was one. */
    digestOf,

    /** Who is in the page: with object ids, or the references of the source as long as they are not planned; lower case. */
    async usersOf(campaignId: string, page: number) {
      const content = () => howItStands(handleOf(campaignId, page), pageContent);
      const { users } = await askingAgain(client, ANSWER_WITHIN_MS, content);
      return users.map(({ id, upn, line = null }) => ({ id: id.toLowerCase(), upn, line }));
    },

    /**
     * Starts a page. The same page again is the same as once.
     *
     * @throws ApplicationFailure `CAMPAIGN_DIFFERS` where the page exists with other people or other wishes.
     */
    async start(input: CampaignPageInput): Promise<void> {
      const { campaignId, page, digest, rows } = input;
      try {
        await client.workflow.start<(input: CampaignPageInput) => Promise<unknown>>(CAMPAIGN_PAGE, {
          workflowId: campaignPageWorkflowId(campaignId, page),
          taskQueue,
          args: [input],
          memo: { digest } satisfies CampaignPageMemo,
          workflowIdReusePolicy: 'REJECT_DUPLICATE',
          staticSummary: `Page ${String(page)} of a campaign: ${String(rows.length)} people`,
          priority: { priorityKey: PRIORITY.campaign },
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        if ((await digestOf(campaignId, page)) !== digest) throw differs(campaignId, page);
      }
    },
  };
}

function differs(campaignId: string, page: number): ApplicationFailure {
  return ApplicationFailure.nonRetryable(
    `Page ${String(page)} of campaign "${campaignId}" exists with other people or other wishes.`,
    CAMPAIGN_REFUSALS.otherCampaign,
  );
}
