/** The workflows of the product, and one that only writes down what pages say to their campaign. */
import { condition, defineQuery, defineSignal, setHandler } from '@temporalio/workflow';
import { pageSays } from '../../src/contracts/campaign.js';
import type { PageStatus } from '../../src/contracts/campaign-page.js';

export * from '../../src/workflows/index.js';

export const heardStatuses = defineQuery<readonly PageStatus[]>('heard');
export const endCampaign = defineSignal('end');

export async function recordingCampaign(): Promise<void> {
  const heard: PageStatus[] = [];
  let isOver = false;
  setHandler(pageSays, (status) => void heard.push(status));
  setHandler(heardStatuses, () => heard);
  setHandler(endCampaign, () => {
    isOver = true;
  });
  await condition(() => isOver);
}
