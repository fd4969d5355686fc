/**
 * What a policy must not say although each part of it is well formed. Looks at the file as written, so that these
 * problems are found together with those of its shape; whatever has the wrong shape is passed over.
 */
import { skuKey } from './policy-schema.js';

export interface SenseProblem {
  readonly path: readonly PropertyKey[];
  readonly text: string;
}

type Path = readonly PropertyKey[];

export function senseProblems(file: unknown): readonly SenseProblem[] {
  const { defaults, skus } = fields(file);
  const rules = Object.entries(fields(skus));
  return [
    ...stageListProblems(['defaults', 'stages'], fields(defaults)['stages']),
    ...rules.flatMap(([key, rule]) => stageListProblems(['skus', key, 'stages'], fields(rule)['stages'])),
    ...(fields(defaults)['stages'] === undefined ? withoutStages(rules) : []),
    ...sameProductTwice(rules.map(([key]) => key)),
  ];
}

/** "Nobody is asked" must be somebody's decision, never what is left when nothing was written. */
function withoutStages(rules: readonly (readonly [string, unknown])[]): readonly SenseProblem[] {
  return rules
    .filter(([, rule]) => isSection(rule) && fields(rule)['stages'] === undefined)
    .map(([key]) => ({
      path: ['skus', key],
      text: 'has no stages, and neither has "defaults". Write stages; or "stages: []" if nobody shall be asked.',
    }));
}

function sameProductTwice(keys: readonly string[]): readonly SenseProblem[] {
  return repeated(keys, skuKey).map(({ item, first }) => ({
    path: ['skus', item],
    text: `is the same product as "${first}"; case does not matter. Keep one of the two.`,
  }));
}

function stageListProblems(path: Path, stages: unknown): readonly SenseProblem[] {
  const names = list(stages).map((stage, index) => ({ index, name: fields(stage)['name'] }));
  const named = names.flatMap(({ index, name }) => (typeof name === 'string' ? [{ index, name }] : []));
  return [
    ...repeated(named, ({ name }) => name.trim().toLowerCase()).map(({ item }) => ({
      path: [...path, item.index, 'name'],
      text: 'is the name of an earlier stage in this list. Give each stage a name of its own.',
    })),
    ...list(stages).flatMap((stage, index) => stageProblems([...path, index], fields(stage))),
  ];
}

function stageProblems(path: Path, { approvers }: Fields): readonly SenseProblem[] {
  return list(approvers).flatMap((approver, i) => requirementProblems([...path, 'approvers', i], approver));
}

function requirementProblems(path: Path, approver: unknown): readonly SenseProblem[] {
  const { quorum } = fields(approver);
  const deciders = decidersMax([fields(approver)]);
  return typeof quorum === 'number' && deciders > 0 && quorum > deciders
    ? [...approverProblems(path, approver), { path: [...path, 'quorum'], text: unreachable(deciders) }]
    : approverProblems(path, approver);
}

function unreachable(deciders: number): string {
  const people = deciders === 1 ? 'one person' : `${deciders} people`;
  return `can never be reached: the approvers are at most ${people}. Name more approvers, or lower the quorum.`;
}

function approverProblems(path: Path, approver: unknown): readonly SenseProblem[] {
  if (!isSection(approver)) return [];
  const { users, manager, fallback } = fields(approver);
  if (users === undefined && manager === undefined)
    return [{ path, text: 'names nobody. Write "users: [...]" or "manager: 1".' }];
  return fallback !== undefined && manager === undefined
    ? [
        {
          path: [...path, 'fallback'],
          text: 'stands in for a manager, and none is asked. Put these people under "users".',
        },
      ]
    : [];
}

/** Most people who could ever decide: everyone named, and for each manager either that one person or the fallback. */
function decidersMax(approvers: readonly Fields[]): number {
  const named = new Set(approvers.flatMap(({ users }) => list(users).map(refKey)));
  const managers = approvers.filter(({ manager }) => manager !== undefined);
  return managers.reduce(
    (sum, { fallback }) => sum + Math.max(1, new Set(list(fallback).map(refKey)).size),
    named.size,
  );
}

function refKey(ref: unknown): string {
  return String(ref).trim().toLowerCase();
}

/** Items whose key an earlier item has, each with the first of that key. */
function repeated<T>(items: readonly T[], keyOf: (item: T) => string): readonly { item: T; first: T }[] {
  const firsts = new Map<string, T>();
  return items.flatMap((item) => {
    const first = firsts.get(keyOf(item));
    if (first !== undefined) return [{ item, first }];
    firsts.set(keyOf(item), item);
    return [];
  });
}

type Fields = Readonly<Record<string, unknown>>;

function isSection(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function fields(value: unknown): Fields {
  return isSection(value) ? value : {};
}

function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
