/** What stages must not say although each part is well formed: nobody who could decide, or times that never come. */
import { durationMs } from './duration.js';
import type { Fields, Path, SenseProblem } from './written.js';
import { fields, isSection, list, repeated } from './written.js';

/** Beyond this many, reminders are noise. */
const REMINDERS_MAX = 100;

/** What counts for stages that do not say for themselves. */
export interface StageSurroundings {
  /** As written or by default; `null` where it is malformed. */
  readonly deadlineMs: number | null;
  /** Of the product; `null` for the stages of all products. */
  readonly owners: readonly unknown[] | null;
}

export function stageListProblems(path: Path, stages: unknown, around: StageSurroundings): readonly SenseProblem[] {
  const names = list(stages).map((stage, index) => ({ index, name: fields(stage)['name'] }));
  const named = names.flatMap(({ index, name }) => (typeof name === 'string' ? [{ index, name }] : []));
  return [
    ...repeated(named, ({ name }) => name.trim().toLowerCase()).map(({ item }) => ({
      path: [...path, item.index, 'name'],
      text: 'is the name of an earlier stage in this list. Give each stage a name of its own.',
    })),
    ...list(stages).flatMap((stage, index) => stageProblems([...path, index], fields(stage), around)),
  ];
}

function stageProblems(path: Path, stage: Fields, around: StageSurroundings): readonly SenseProblem[] {
  const { approvers, deadline, escalation } = stage;
  const deadlineMs = deadline === undefined ? around.deadlineMs : durationMs(deadline);
  return [
    ...list(approvers).flatMap((approver, i) =>
      requirementProblems([...path, 'approvers', i], approver, around.owners, escalation !== undefined),
    ),
    ...reminderProblems(path, stage['remindEvery'], deadlineMs),
    ...escalationProblems([...path, 'escalation'], stage, deadlineMs, around.owners),
  ];
}

/** @param path of what has the key `remindEvery`. */
export function reminderProblems(path: Path, remindEvery: unknown, deadlineMs: number | null): readonly SenseProblem[] {
  const everyMs = durationMs(remindEvery);
  if (everyMs === null || deadlineMs === null) return [];
  const at = [...path, 'remindEvery'];
  if (everyMs >= deadlineMs)
    return [
      { path: at, text: 'is not shorter than the deadline, so nobody is ever reminded. Shorten it, or write "never".' },
    ];
  return deadlineMs / everyMs > REMINDERS_MAX
    ? [{ path: at, text: `gives more than ${REMINDERS_MAX} reminders until the deadline. Write a longer one.` }]
    : [];
}

function escalationProblems(
  path: Path,
  { approvers, escalation }: Fields,
  deadlineMs: number | null,
  owners: readonly unknown[] | null,
): readonly SenseProblem[] {
  const { after, to } = fields(escalation);
  const afterMs = durationMs(after);
  const late = afterMs !== null && deadlineMs !== null && afterMs >= deadlineMs;
  const asked = new Set(list(approvers).flatMap((approver) => whoIn(fields(approver))));
  const others = list(to).map((selector) => whoIn(fields(selector)));
  const same = others.length > 0 && others.flat().length > 0 && others.flat().every((who) => asked.has(who));
  return [
    ...(late
      ? [{ path: [...path, 'after'], text: 'is not before the deadline, so it never happens. Shorten it.' }]
      : []),
    ...list(to).flatMap((selector, i) => selectorProblems([...path, 'to', i], selector, owners)),
    ...(same
      ? [
          {
            path: [...path, 'to'],
            text: 'names only people who are asked already. Name others, or remove the escalation.',
          },
        ]
      : []),
  ];
}

/** Stages of the defaults that ask the owners of the product make sense where it has enough of them. */
export function inheritedOwnersProblems(path: Path, stages: unknown, owners: unknown): readonly SenseProblem[] {
  const asking = list(stages).flatMap((stage) => {
    const { approvers, escalation } = fields(stage);
    const entries = [...list(approvers), ...list(fields(escalation)['to'])].map(fields);
    return entries
      .filter((entry) => entry['owners'] !== undefined)
      .map((entry) => ({ entry, escalates: escalation !== undefined }));
  });
  if (asking.length === 0) return [];
  if (owners === undefined)
    return [
      { path, text: 'has no owners, and the stages of "defaults" ask them. Write "owners: [...]", or other stages.' },
    ];
  const tooFew = asking.some(({ entry, escalates }) => {
    const { quorum = 1 } = entry;
    return typeof quorum === 'number' && reachProblems(path, entry, quorum, list(owners), escalates).length > 0;
  });
  return tooFew
    ? [
        {
          path: [...path, 'owners'],
          text: 'are too few for the stages of "defaults". Name more owners than the quorum asks for.',
        },
      ]
    : [];
}

/** Whoever a selector can mean, in words that are equal where the people are. */
function whoIn({ users, group, manager, upTo, fallback, owners }: Fields): readonly string[] {
  const highest = typeof upTo === 'number' ? upTo : manager;
  const levels =
    typeof manager === 'number' && typeof highest === 'number' && highest - manager < 100
      ? Array.from({ length: Math.max(1, highest - manager + 1) }, (_, i) => `manager ${manager + i}`)
      : [];
  return [
    ...[...list(users), ...list(fallback)].map((ref) => `user ${refKey(ref)}`),
    ...(group === undefined ? [] : [`group ${refKey(group)}`]),
    ...levels,
    ...(owners === undefined ? [] : ['owners']),
  ];
}

function requirementProblems(
  path: Path,
  approver: unknown,
  owners: readonly unknown[] | null,
  escalates: boolean,
): readonly SenseProblem[] {
  const malformed = selectorProblems(path, approver, owners);
  if (malformed.length > 0 || !isSection(approver)) return malformed;
  const { quorum = 1 } = approver;
  return typeof quorum === 'number' && quorum >= 1 ? reachProblems(path, approver, quorum, owners, escalates) : [];
}

function selectorProblems(path: Path, selector: unknown, owned: readonly unknown[] | null): readonly SenseProblem[] {
  if (!isSection(selector)) return [];
  const { users, group, manager, upTo, fallback, owners } = selector;
  const problems: SenseProblem[] = [];
  if ([users, group, manager, owners].every((given) => given === undefined))
    problems.push({ path, text: 'names nobody. Write "users: [...]", "group: ID", "manager: 1" or "owners: true".' });
  if (fallback !== undefined && manager === undefined)
    problems.push({
      path: [...path, 'fallback'],
      text: 'stands in for a manager, and none is asked. Put these people under "users".',
    });
  if (upTo !== undefined && manager === undefined)
    problems.push({ path: [...path, 'upTo'], text: 'says how far up to look for a manager, and none is asked.' });
  if (typeof upTo === 'number' && typeof manager === 'number' && upTo < manager)
    problems.push({
      path: [...path, 'upTo'],
      text: 'is below the manager who is asked first. Write that level or a higher one.',
    });
  if (owners !== undefined && owned?.length === 0)
    problems.push({
      path: [...path, 'owners'],
      text: 'are asked, and the product has none. Write "owners: [...]" beside its stages.',
    });
  return problems;
}

/** Whether the quorum can be reached at all, and also when one of the people is gone or is who asks. */
function reachProblems(
  path: Path,
  approver: Fields,
  quorum: number,
  owners: readonly unknown[] | null,
  escalates: boolean,
): readonly SenseProblem[] {
  if (approver['group'] !== undefined || (approver['owners'] !== undefined && owners === null)) return [];
  const { named, most } = deciders(approver, owners ?? []);
  // Nobody is named: that is told where they should be.
  if (most === 0) return [];
  if (quorum > most) return [{ path: [...path, 'quorum'], text: unreachable(most) }];
  const hasManager = approver['manager'] !== undefined;
  if (escalates || (named >= quorum && named + (hasManager ? 1 : 0) > quorum)) return [];
  return [{ path, text: hasManager && named === 0 ? MANAGER_ONLY : nobodyToSpare(quorum) }];
}

/** People who are named for certain, and the most who could ever decide: for a manager either that one or the fallback. */
function deciders({ users, owners, manager, fallback }: Fields, owned: readonly unknown[]) {
  const always = new Set([...list(users), ...(owners === undefined ? [] : owned)].map(refKey));
  const instead = new Set(list(fallback).map(refKey));
  const forManager = manager === undefined ? 0 : Math.max(1, instead.size);
  return { named: new Set([...always, ...instead]).size, most: always.size + forManager };
}

const MANAGER_ONLY =
  'can be a dead end: a manager may be missing, disabled, a guest, or who asks. Add a "fallback", or an "escalation" to the stage.';

function nobodyToSpare(quorum: number): string {
  const people =
    quorum === 1 ? 'the one person named is gone or is who asks' : 'one of the people named is gone or is who asks';
  return `can be a dead end: nobody is left when ${people}. Name more people than the quorum, or add an "escalation" to the stage.`;
}

function unreachable(most: number): string {
  const people = most === 1 ? 'one person' : `${most} people`;
  return `can never be reached: the approvers are at most ${people}. Name more approvers, or lower the quorum.`;
}

function refKey(ref: unknown): string {
  return String(ref).trim().toLowerCase();
}
