import type { CampaignOptions, Tuning } from '../../contracts/campaign.js';
import type { BudgetLimit } from '../../domain/campaign.js';
import { tuningProblems } from '../../domain/campaign-commands.js';
import { usageError } from '../error-report.js';
import type { ExitCode } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { ActingOptions } from './acting.js';
import { act } from './acting.js';
import { perSecondOf } from './option-values.js';

export interface TuneOptions extends ActingOptions {
  readonly rate?: number | 'none';
  readonly concurrency?: number;
  readonly budgetWave?: BudgetLimit;
  readonly budgetTotal?: BudgetLimit;
}

export async function tune(invocation: Invocation, options: TuneOptions, campaignId: string): Promise<ExitCode> {
  const { rate, concurrency, budgetWave, budgetTotal } = options;
  if ([rate, concurrency, budgetWave, budgetTotal].every((option) => option === undefined))
    throw usageError('Nothing is to be changed.', 'Give --rate, --concurrency, --budget-wave or --budget-total.');
  const { campaigns } = (await invocation.session()).licenseflow;
  const isBudget = budgetWave !== undefined || budgetTotal !== undefined;
  const tuning: Tuning = {
    ...(rate !== undefined && { perSecond: perSecondOf(rate) }),
    ...(concurrency !== undefined && { concurrency }),
    ...(isBudget && { budget: changed((await campaigns.view(campaignId)).options.budget, options) }),
  };
  const problems = tuningProblems(tuning);
  if (problems.length > 0) throw usageError(problems.join('\n'), 'Nothing was changed.');
  return act(invocation, options, campaignId, (command) => campaigns.tune(campaignId, { ...command, tuning }));
}

function changed(
  budget: CampaignOptions['budget'],
  { budgetWave, budgetTotal }: TuneOptions,
): CampaignOptions['budget'] {
  return { perWave: budgetWave ?? budget.perWave, total: budgetTotal ?? budget.total };
}
