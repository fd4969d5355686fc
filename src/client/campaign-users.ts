/** The users of a campaign, one by one, as its pages know them. */
import type { SignatureCount } from '../contracts/campaign.js';
import type { PageContent, PageUser } from '../contracts/campaign-page.js';
import type { Signature, UserState } from '../domain/campaign.js';
import { isInTheWay } from '../domain/campaign.js';
import { isFailureCode, meaningOf } from '../domain/failures.js';
import { GUID } from '../domain/license.js';
import type { SkuId, TouchedState } from '../domain/license.js';

export interface CampaignUser {
  /** User principal name; the reference of the source where no such user was found. */
  readonly user: string;
  /** Object id; `null` where it is not known. */
  readonly id: string | null;
  readonly name: string;
  readonly state: UserState;
  /** 0 is the canary; `null` before waves are made, and for users that no wave takes. */
  readonly wave: number | null;
  /** Index among the wishes of the campaign; `null` before the plan. */
  readonly wish: number | null;
  /** Why blocked, failed, unknown, drifted, left alone or not restored. */
  readonly code: string | null;
  readonly message: string | null;
  readonly remedy: string | null;
  /** Direct state of the touched products: at the plan, as wanted, and as last seen (`null` where nobody knows). */
  readonly before: TouchedState | null;
  readonly target: TouchedState | null;
  readonly after: TouchedState | null;
  /** Graph's `request-id` of the write, and of the one that took it back. */
  readonly requestId: string | null;
  readonly restoreRequestId: string | null;
  /** When its state became final, ISO 8601 in UTC. */
  readonly endedAt: string | null;
  /** Groups that give a product which is to be removed. */
  readonly throughGroups: readonly { readonly groupId: string; readonly skuId: SkuId }[];
  readonly note: string | null;
  /** Line of the source file; `null` for a directory source. */
  readonly line: number | null;
  readonly page: number;
}

/** What is missing does not matter; all that is named has to fit. */
export interface CampaignUserFilter {
  readonly states?: readonly UserState[];
  readonly codes?: readonly string[];
  readonly waves?: readonly number[];
  readonly pages?: readonly number[];
}

/** Users that did not get what was wanted, or that somebody has to look at. */
export const FAILED_STATES: readonly UserState[] = ['failed', 'unknown', 'drifted', 'left-alone', 'not-restored'];

/** Failures of one kind. */
export interface ErrorGroup {
  readonly code: string;
  readonly meaning: string;
  readonly remedy: string;
  readonly users: number;
  /** How many of them are in which state. */
  readonly states: Readonly<Partial<Record<UserState, number>>>;
  /** Some of them. */
  readonly examples: readonly CampaignUser[];
}

/** A signature, and how many users of the whole campaign it has. */
export type CountedSignature = Signature & Pick<SignatureCount, 'users' | 'page'>;

export function usersIn({ page, signatures, users }: PageContent): readonly CampaignUser[] {
  return users.map((user) => campaignUser(page, user, signatures[user.sig]));
}

function campaignUser(page: number, user: PageUser, signature: Signature | undefined): CampaignUser {
  return {
    user: user.upn === '' ? user.id : user.upn,
    id: GUID.test(user.id) ? user.id : null,
    name: user.name,
    state: user.state,
    wave: user.wave < 0 ? null : user.wave,
    wish: signature?.wish ?? null,
    ...reasonOf(user, signature),
    before: signature?.before ?? null,
    target: signature?.target ?? null,
    after: stateAfter(user, signature),
    requestId: user.writeId ?? user.failure?.requestId ?? null,
    restoreRequestId: user.restoreId ?? null,
    endedAt: user.at === undefined ? null : new Date(user.at).toISOString(),
    throughGroups: groupsOf(signature),
    note: user.note ?? null,
    line: user.line ?? null,
    page,
  };
}

function groupsOf(signature: Signature | undefined): CampaignUser['throughGroups'] {
  return (signature?.paths ?? []).flatMap(({ group, skuId }) =>
    group !== null && signature !== undefined && isInTheWay(signature, skuId) ? [{ groupId: group, skuId }] : [],
  );
}

function reasonOf(
  { state, failure }: PageUser,
  signature: Signature | undefined,
): Pick<CampaignUser, 'code' | 'message' | 'remedy'> {
  const block = state === 'blocked' ? signature?.blocks[0] : undefined;
  const code = failure?.code ?? block?.code;
  if (code === undefined) return { code: null, message: null, remedy: null };
  return {
    code,
    message: failure?.message ?? block?.meaning ?? null,
    remedy: block?.remedy ?? (isFailureCode(code) ? meaningOf(code).remedy : null),
  };
}

/** Only what follows from the state or what a read has shown; a write of unknown outcome leaves nothing known. */
function stateAfter({ state, seen, wrote }: PageUser, signature: Signature | undefined): TouchedState | null {
  if (seen !== undefined) return seen;
  if (signature === undefined) return null;
  switch (state) {
    case 'done':
      return signature.target;
    case 'already':
    case 'blocked':
    case 'ready':
    case 'waiting':
    case 'waiting-for-seat':
    case 'skipped':
    case 'restored':
      return signature.before;
    case 'failed':
      return wrote === true ? null : signature.before;
    default:
      return null;
  }
}

export function fits(user: CampaignUser, { states, codes, waves }: CampaignUserFilter): boolean {
  return (
    (states === undefined || states.includes(user.state)) &&
    (codes === undefined || (user.code !== null && codes.includes(user.code))) &&
    (waves === undefined || (user.wave !== null && waves.includes(user.wave)))
  );
}

const EXAMPLES_MAX = 5;

/** Groups users by the code of their failure, with bounded memory. */
export class ErrorGroups {
  readonly #groups = new Map<string, ErrorGroup>();

  add(user: CampaignUser): void {
    const { code, message, remedy, state } = user;
    if (code === null) return;
    const known = this.#groups.get(code);
    const meaning = isFailureCode(code) ? meaningOf(code).meaning : (message ?? code);
    const group = known ?? { code, meaning, remedy: remedy ?? '', users: 0, states: {}, examples: [] };
    this.#groups.set(code, {
      ...group,
      users: group.users + 1,
      states: { ...group.states, [state]: (group.states[state] ?? 0) + 1 },
      examples: group.examples.length < EXAMPLES_MAX ? [...group.examples, user] : group.examples,
    });
  }

  all(): readonly ErrorGroup[] {
    return [...this.#groups.values()].sort((a, b) => b.users - a.users || (a.code < b.code ? -1 : 1));
  }
}
