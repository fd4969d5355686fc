/** What the commands that steer a campaign have in common: who, why, waiting until it is done, the state afterwards. */
import { randomUUID } from 'node:crypto';
import type { CommandOptions } from '../../client/index.js';
import { LicenseflowError } from '../../client/licenseflow-error.js';
import type { CampaignView, CommandView } from '../../contracts/campaign.js';
import { DETACHED, untilDetached } from '../detachable.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { repeatable } from '../request/repeatable.js';
import { WAIT_MS } from '../request/wait.js';
import { nextCampaignCommands } from './next-commands.js';
import { commandText, statusFields } from './status-fields.js';

export interface ActingOptions {
  readonly as: string;
  readonly reason?: string;
  readonly id?: string;
  /** Milliseconds; `true` without a duration. */
  readonly wait?: number | true;
}

const AFTER_RESUME = 'The campaign is paused. The users are tried again as soon as it is resumed.';

/** How often a command that is waited for is looked at. */
const LOOK_MS = 500;

/**
 * Sends a command, waits until it is carried out where that is wanted, and tells the state of the campaign.
 *
 * @param send gets who commands and why, and the id under which the same command counts once.
 */
export async function act(
  invocation: Invocation,
  options: ActingOptions,
  campaignId: string,
  send: (command: CommandOptions) => Promise<CommandView>,
): Promise<ExitCode> {
  const { out } = invocation;
  const { campaigns } = (await invocation.session()).licenseflow;
  const commandId = options.id ?? randomUUID();
  const answered = await repeatable(options.id, commandId, () =>
    send({
      actor: { ref: options.as, assurance: 'asserted' },
      commandId,
      ...(options.reason !== undefined && { reason: options.reason }),
    }),
  );
  if (options.wait === undefined || isOver(answered)) {
    const view = await campaigns.view(campaignId);
    await printCommand(answered, view, invocation);
    if (answered.kind === 'retry' && !isOver(answered) && view.state === 'paused') out.note(AFTER_RESUME);
    return answered.state === 'overtaken' ? EXIT.conflict : EXIT.ok;
  }
  out.note(`${commandText(answered, out.time)}. Ctrl-C ends only the waiting.`);
  if (answered.kind === 'retry' && (await campaigns.view(campaignId)).state === 'paused') out.note(AFTER_RESUME);
  const withinMs = options.wait === true ? WAIT_MS : options.wait;
  const ended = await untilDetached(invocation.deps, untilOver(invocation, campaignId, commandId, withinMs));
  if (ended === DETACHED) {
    out.note(`Stopped waiting; the command goes on.`);
    out.next(`licenseflow campaign status ${campaignId}`);
    return EXIT.interrupted;
  }
  const [command, view] = ended;
  await printCommand(command, view, invocation);
  return command.state === 'overtaken' ? EXIT.conflict : EXIT.ok;
}

function isOver({ state }: CommandView): boolean {
  return state === 'done' || state === 'overtaken';
}

async function untilOver(
  { session }: Invocation,
  campaignId: string,
  commandId: string,
  withinMs: number,
): Promise<readonly [CommandView, CampaignView]> {
  const { campaigns } = (await session()).licenseflow;
  const deadline = AbortSignal.timeout(withinMs);
  for await (const view of campaigns.watch(campaignId, { everyMs: LOOK_MS, signal: deadline })) {
    const command = view.commands.find((known) => known.commandId === commandId);
    if (command !== undefined && isOver(command)) return [command, view];
  }
  throw new LicenseflowError(
    'unanswered',
    'STILL_OPEN',
    `The command is not carried out yet.`,
    `It goes on by itself. See how far it is: licenseflow campaign status ${campaignId}`,
  );
}

async function printCommand(command: CommandView, view: CampaignView, { out }: Invocation): Promise<void> {
  await out.result('CampaignCommand', { command, campaign: view }, () =>
    out.fields([['Command', commandText(command, out.time)], ...statusFields(view, null, out)]),
  );
  out.next(...nextCampaignCommands(view));
}
