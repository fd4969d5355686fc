/** The commands of a campaign: each counts once, and everybody can see how far it is. */
import type { CampaignCommand, CommandKind, CommandView } from '../contracts/campaign.js';
import { CAMPAIGN_REFUSALS } from '../contracts/campaign.js';
import { actorName } from '../domain/approval.js';
import { now } from './instants.js';
import { refused } from './refusal.js';

/** Ids that are remembered, and with them what came of the commands. */
const REMEMBERED_MAX = 200;

export class CommandLog {
  readonly #onAdd: (command: CampaignCommand, view: CommandView) => void;
  #views: readonly CommandView[];

  /** @param onAdd hears of every new command. */
  constructor(
    carried: readonly CommandView[] = [],
    onAdd: (command: CampaignCommand, view: CommandView) => void = () => undefined,
  ) {
    this.#views = carried;
    this.#onAdd = onAdd;
  }

  get all(): readonly CommandView[] {
    return this.#views;
  }

  /** The same command from before; `null` where it is new. */
  known({ commandId }: CampaignCommand, kind: CommandKind): CommandView | null {
    const known = this.#views.find((view) => view.commandId === commandId) ?? null;
    if (known !== null && known.kind !== kind)
      throw refused(
        CAMPAIGN_REFUSALS.invalid,
        `The command id ${commandId} stands for "${known.kind}" already. Use a new id for a new command.`,
      );
    return known;
  }

  add(command: CampaignCommand, kind: CommandKind, state: CommandView['state'], about: string | null): CommandView {
    const { commandId, actor, reason } = command;
    const at = now();
    const view = {
      commandId,
      kind,
      by: actorName(actor),
      reason,
      state,
      at,
      doneAt: state === 'done' ? at : null,
      about,
    };
    this.#views = [...this.#views, view].slice(-REMEMBERED_MAX);
    this.#onAdd(command, view);
    return view;
  }

  /** Ends open commands of these kinds. */
  end(kinds: readonly CommandKind[], state: 'done' | 'overtaken'): void {
    this.#views = this.#views.map((view) =>
      view.doneAt === null && kinds.includes(view.kind) ? { ...view, state, doneAt: now() } : view,
    );
  }
}
