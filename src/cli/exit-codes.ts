/** The exit codes of every command, in one table. Scripts rely on them: a number never changes its meaning. */
import type { LicenseflowErrorKind } from '../client/licenseflow-error.js';
import type { CampaignView } from '../contracts/campaign.js';
import type { RequestState } from '../contracts/license-request.js';
import type { RollbackState } from '../contracts/license-rollback.js';
import type { CampaignState } from '../domain/campaign.js';
import { countOf } from '../domain/campaign.js';

export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  unreachable: 4,
  refused: 5,
  conflict: 6,
  partial: 7,
  pending: 8,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each code says to a script. */
export const EXIT_MEANING: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'It worked; when waiting: the request is done or in force until its end, the rollback has restored everything.',
  failed: 'It could not be done, or the request was withdrawn.',
  usage: 'The command line or the configuration is wrong; nothing was sent.',
  notFound: 'There is no such request, campaign or person.',
  unreachable: 'Temporal cannot be reached, or lets nobody in with these credentials; nothing was recorded.',
  refused: 'A rule or a person says no: refused, denied, or nobody approved in time.',
  conflict: 'The world is not the one that was looked at: the plan changed, someone else changed the licences.',
  partial:
    'Only in part: some of several people were refused, some users of a campaign failed, or something that was changed could not be taken back.',
  pending: 'Still open: recorded, and not answered or not ended within the time.',
  interrupted: 'Ctrl-C. What was recorded goes on.',
};

const OF_ERROR: Readonly<Record<LicenseflowErrorKind, ExitCode>> = {
  invalid: EXIT.usage,
  'not-found': EXIT.notFound,
  refused: EXIT.refused,
  conflict: EXIT.conflict,
  unreachable: EXIT.unreachable,
  unanswered: EXIT.pending,
  failed: EXIT.failed,
};

export function exitCodeOfError(kind: LicenseflowErrorKind): ExitCode {
  return OF_ERROR[kind];
}

const OF_STATE: Readonly<Record<RequestState, ExitCode>> = {
  checking: EXIT.pending,
  preparing: EXIT.pending,
  'waiting-for-approval': EXIT.pending,
  'waiting-for-seat': EXIT.pending,
  writing: EXIT.pending,
  verifying: EXIT.pending,
  undoing: EXIT.pending,
  assigned: EXIT.pending,
  active: EXIT.ok,
  ending: EXIT.pending,
  done: EXIT.ok,
  ended: EXIT.ok,
  refused: EXIT.refused,
  denied: EXIT.refused,
  expired: EXIT.refused,
  withdrawn: EXIT.failed,
  terminated: EXIT.failed,
  failed: EXIT.failed,
};

/** What the state of a request means to someone who waits for its end. */
export function exitCodeOfRequest(request: {
  readonly state: RequestState;
  readonly undone: readonly { readonly outcome: string }[];
}): ExitCode {
  const leftBehind = request.undone.some(({ outcome }) => outcome === 'not-undone');
  return leftBehind && OF_STATE[request.state] !== EXIT.pending ? EXIT.partial : OF_STATE[request.state];
}

const OF_ROLLBACK: Readonly<Record<RollbackState, ExitCode>> = {
  reading: EXIT.pending,
  writing: EXIT.pending,
  verifying: EXIT.pending,
  'waiting-for-seat': EXIT.pending,
  restored: EXIT.ok,
  'left-alone': EXIT.conflict,
  failed: EXIT.failed,
};

/** What the state of a rollback means to someone who waits for its end. */
export function exitCodeOfRollback(state: RollbackState): ExitCode {
  return OF_ROLLBACK[state];
}

const OF_CAMPAIGN: Readonly<Record<CampaignState, ExitCode>> = {
  intake: EXIT.pending,
  planning: EXIT.pending,
  planned: EXIT.pending,
  'awaiting-second': EXIT.pending,
  running: EXIT.pending,
  soaking: EXIT.pending,
  'awaiting-promotion': EXIT.pending,
  'outside-hours': EXIT.pending,
  pausing: EXIT.pending,
  paused: EXIT.pending,
  cancelling: EXIT.pending,
  'rolling-back': EXIT.pending,
  finished: EXIT.ok,
  closed: EXIT.ok,
  refused: EXIT.refused,
  abandoned: EXIT.failed,
};

/** What the state of a campaign means to someone who waits for its end: users that failed make it a partial success. */
export function exitCodeOfCampaign({ state, users }: Pick<CampaignView, 'state' | 'users'>): ExitCode {
  const notDone = countOf(users, 'failed', 'unknown', 'drifted', 'skipped', 'left-alone', 'not-restored');
  if (OF_CAMPAIGN[state] !== EXIT.ok || notDone === 0) return OF_CAMPAIGN[state];
  return countOf(users, 'done', 'already', 'restored') === 0 ? EXIT.failed : EXIT.partial;
}
