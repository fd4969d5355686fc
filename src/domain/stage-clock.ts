/** When a stage that is asked acts by itself. All instants are milliseconds since the epoch, all durations milliseconds. */
import type { PolicyStage } from './policy.js';

/**
 * - `remind`: those who have not decided are told again. `escalate`: others are asked as well.
 * - `look-again`: the directory is asked whether the approvers still can decide.
 * - `expire`: the deadline. It always comes, so no stage waits for ever.
 */
export type Alarm = 'remind' | 'escalate' | 'look-again' | 'expire';

/** The next time of each alarm; `null` where it does not come again. */
export type StageClock = Readonly<Record<Exclude<Alarm, 'expire'>, number | null>> & { readonly expire: number };

export function startClock(rule: PolicyStage, nowMs: number, lookAgainMs: number): StageClock {
  const { deadlineMs, remindEveryMs, escalation } = rule;
  return {
    remind: remindEveryMs === null ? null : nowMs + remindEveryMs,
    escalate: escalation === null ? null : nowMs + escalation.afterMs,
    'look-again': nowMs + lookAgainMs,
    expire: nowMs + deadlineMs,
  };
}

/** In the order in which they act where several are due at once. */
const ALARMS: readonly Alarm[] = ['expire', 'escalate', 'remind', 'look-again'];

/** The alarm that comes first. Once the deadline has gone by, nothing else is worth doing any more. */
export function nextAlarm(clock: StageClock, nowMs: number): { readonly alarm: Alarm; readonly atMs: number } {
  const expiry = { alarm: 'expire' as const, atMs: clock.expire };
  if (clock.expire <= nowMs) return expiry;
  const set = ALARMS.flatMap((alarm) => {
    const atMs = clock[alarm];
    return atMs === null ? [] : [{ alarm, atMs }];
  });
  return set.reduce((first, other) => (other.atMs < first.atMs ? other : first), expiry);
}

/** The clock after an alarm was dealt with; from now on it comes at `atMs`, or never. */
export function setAlarm(clock: StageClock, alarm: Exclude<Alarm, 'expire'>, atMs: number | null): StageClock {
  return { ...clock, [alarm]: atMs };
}
