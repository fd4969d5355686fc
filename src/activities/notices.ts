/**
 * Tells people, through every channel at the same time. What one channel does not take is an answer for that channel
 * alone: a failure of the whole would make the others send twice.
 */
import { activityInfo, cancellationSignal, log } from '@temporalio/activity';
import type { ChannelFailure, ChannelName, NoticeInput, NoticeKind, NoticeOutcome } from '../contracts/notice.js';
import type { Policy } from '../domain/policy.js';
import type { ActivityDependencies, ChannelAnswer, NoticeChannel, NoticeForChannel } from './dependencies.js';
import { PolicyError } from './dependencies.js';
import { quietUntil } from './quiet-hours.js';

/** Whether a notice waits for the end of quiet hours. What somebody waits for, or has to act on, does not. */
const CAN_WAIT: Readonly<Record<NoticeKind, boolean>> = {
  'approval-asked': false,
  'approval-reminder': true,
  'approval-escalated': false,
  'approval-delegated': false,
  denied: false,
  expired: false,
  withdrawn: false,
  'waiting-for-seat': true,
  assigned: false,
  ready: true,
  failed: false,
  'ending-soon': true,
  extended: false,
  ended: true,
  'approvers-short': true,
  'needs-attention': false,
  'low-seats': true,
  test: false,
};

/** Part of the activity's time that channels get; the rest is for the way of their answers. */
const CHANNELS_SHARE = 0.8;

export function createNoticeActivities({ policy, channels }: Pick<ActivityDependencies, 'policy' | 'channels'>) {
  return {
    /** Never fails for a channel or for the policy. */
    async sendNotice(notice: NoticeInput): Promise<NoticeOutcome> {
      const rules = await policyOrProblem(policy);
      const quietHours = rules.policy?.quietHours ?? null;
      const until = quietHours === null || !mayWait(notice) ? null : quietUntil(quietHours, new Date());
      if (until !== null) return { outcome: 'deferred', until: until.toISOString() };

      const meant = channels.filter(({ name }) => notice.channels?.includes(name) ?? true);
      if (notice.to === 'operators' && rules.policy === null)
        return { outcome: 'sent', channels: [], failed: meant.map(({ name }) => passing(name, rules.problem)) };
      if (notice.to !== 'operators' && notice.to.length === 0) return { outcome: 'sent', channels: [], failed: [] };
      const operators = rules.policy?.operators ?? [];
      const recipients = notice.to === 'operators' ? operators : notice.to.map(({ id }) => id);
      return handOverAll(meant, { ...notice, recipients, timeZone: quietHours?.timeZone ?? 'UTC' });
    },
  };
}

function mayWait({ kind, urgent }: NoticeInput): boolean {
  return CAN_WAIT[kind] && urgent !== true;
}

async function handOverAll(channels: readonly NoticeChannel[], notice: NoticeForChannel): Promise<NoticeOutcome> {
  const timeout = AbortSignal.timeout(activityInfo().startToCloseTimeoutMs * CHANNELS_SHARE);
  const signal = AbortSignal.any([cancellationSignal(), timeout]);
  const outcome = outcomeOf(await Promise.all(channels.map(async (channel) => handOver(channel, notice, signal))));
  for (const { channel, reason, againAfterMs } of outcome.failed) {
    const givenUp = againAfterMs === null;
    log.warn('A channel did not take a notice.', { notice: notice.key, channel, reason, givenUp });
  }
  return outcome;
}

interface Answered {
  readonly channel: ChannelName;
  readonly answer: ChannelAnswer;
}

async function handOver(channel: NoticeChannel, notice: NoticeForChannel, signal: AbortSignal): Promise<Answered> {
  const { name } = channel;
  try {
    return { channel: name, answer: await channel.deliver(notice, signal) };
  } catch (error) {
    // A defect of one channel; thrown on, it would make the others send again.
    return { channel: name, answer: { reason: `${name} broke: ${String(error)}.`, againAfterMs: null } };
  }
}

function outcomeOf(answers: readonly Answered[]): Extract<NoticeOutcome, { outcome: 'sent' }> {
  return {
    outcome: 'sent',
    channels: answers.flatMap(({ channel, answer }) => (answer === 'taken' ? [channel] : [])),
    failed: answers.flatMap(({ channel, answer }) => (typeof answer === 'string' ? [] : [{ channel, ...answer }])),
  };
}

function passing(channel: ChannelName, reason: string): ChannelFailure {
  return { channel, reason, againAfterMs: 0 };
}

type Rules = { readonly policy: Policy } | { readonly policy: null; readonly problem: string };

/** A slip in the policy file must not keep people from hearing of what they asked for. */
async function policyOrProblem(policy: ActivityDependencies['policy']): Promise<Rules> {
  try {
    return { policy: await policy() };
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return { policy: null, problem: `Who the operators are cannot be read: ${error.message}` };
  }
}
