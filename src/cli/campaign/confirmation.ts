import { ask, mayAsk } from '../confirmation.js';
import { usageError } from '../error-report.js';
import type { Invocation } from '../invocation.js';

/** Says at once that a command can be confirmed by nobody, before anything is looked up. */
export function assertConfirmable(invocation: Invocation, confirm: string | undefined, campaignId: string): void {
  if (confirm !== undefined && confirm !== campaignId)
    throw usageError(
      `--confirm names ${confirm}, and the campaign is ${campaignId}. Nothing was done.`,
      'Compare the two.',
    );
  if (confirm === undefined && !mayAsk(invocation))
    throw usageError('This has to be confirmed, and there is nobody to ask.', `Add: --confirm ${campaignId}`);
}

/**
 * Shows what will happen and lets the campaign id be typed, unless it was confirmed on the command line.
 *
 * @param lines what the person should know; asked for only if somebody reads it.
 * @throws LicenseflowError `invalid` where something else was typed.
 */
export async function confirmed(
  invocation: Invocation,
  confirm: string | undefined,
  campaignId: string,
  lines: () => Promise<readonly string[]>,
): Promise<void> {
  if (confirm !== undefined) return;
  invocation.out.note((await lines()).join('\n'));
  const typed = await ask(invocation, `Type the campaign id to go on (${campaignId}): `);
  if (typed !== campaignId)
    throw usageError('That is not the campaign id. Nothing was done.', 'Run the command again.');
}
