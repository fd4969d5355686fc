/**
 * What a policy must not say although each part of it is well formed. Looks at the file as written, so that these
 * problems are found together with those of its shape; whatever has the wrong shape is passed over.
 */
import { durationMs } from './duration.js';
import { DEFAULT_WAIT, skuKey } from './policy-schema.js';
import { inheritedOwnersProblems, reminderProblems, stageListProblems } from './stage-sense.js';
import { stepDownProblems, termProblems } from './term-sense.js';
import type { Fields, Path, SenseProblem } from './written.js';
import { fields, isSection, list, repeated } from './written.js';

export function senseProblems(file: unknown): readonly SenseProblem[] {
  const written = fields(file);
  const defaults = fields(written['defaults']);
  const rules = Object.entries(fields(written['skus']));
  const deadlineMs = durationMs(defaults['deadline'] ?? DEFAULT_WAIT);
  return [
    ...stageListProblems(['defaults', 'stages'], defaults['stages'], { deadlineMs, owners: null }),
    ...reminderProblems(['defaults'], defaults['remindEvery'], deadlineMs),
    ...termProblems(['defaults', 'term'], defaults['term']),
    ...rules.flatMap(([key, rule]) => productProblems(key, fields(rule), defaults, deadlineMs)),
    ...(defaults['stages'] === undefined ? withoutStages(rules) : []),
    ...sameProductTwice(
      ['skus'],
      rules.map(([key]) => key),
    ),
    ...stepDownProblems(rules, defaults['term']),
    ...quietHoursProblems(fields(written['quietHours'])),
    ...dependencyProblems(list(written['planDependencies']).map(fields)),
    ...sameProductTwice(['prices', 'monthly'], Object.keys(fields(fields(written['prices'])['monthly']))),
    ...operatorProblems(written),
  ];
}

function productProblems(
  key: string,
  { stages, owners, autoApprove, seatPriority, term }: Fields,
  defaults: Fields,
  deadlineMs: number | null,
): readonly SenseProblem[] {
  const around = { deadlineMs, owners: list(owners) };
  const path = ['skus', key];
  return [
    ...stageListProblems([...path, 'stages'], stages, around),
    ...(stages === undefined ? inheritedOwnersProblems(path, defaults['stages'], owners) : []),
    ...list(autoApprove).flatMap((condition, i) => emptyCondition([...path, 'autoApprove', i], condition)),
    ...list(seatPriority).flatMap((rule, i) =>
      emptyCondition([...path, 'seatPriority', i, 'when'], fields(rule)['when']),
    ),
    ...termProblems([...path, 'term'], term),
  ];
}

function emptyCondition(path: Path, condition: unknown): readonly SenseProblem[] {
  return isSection(condition) && Object.keys(condition).length === 0
    ? [{ path, text: 'has no condition, so it would always hold. Say when, or remove it.' }]
    : [];
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

function sameProductTwice(path: Path, keys: readonly string[]): readonly SenseProblem[] {
  return repeated(keys, skuKey).map(({ item, first }) => ({
    path: [...path, item],
    text: `is the same product as "${first}"; case does not matter. Keep one of the two.`,
  }));
}

function quietHoursProblems({ from, to }: Fields): readonly SenseProblem[] {
  return typeof from === 'string' && from === to
    ? [{ path: ['quietHours', 'to'], text: 'is the hour in which they begin. Let them end at another one.' }]
    : [];
}

function dependencyProblems(dependencies: readonly Fields[]): readonly SenseProblem[] {
  const named = dependencies.map(({ plan, needs }, index) => ({
    index,
    plan: String(plan),
    needs: list(needs).map(String),
  }));
  return [
    ...named
      .filter(({ plan, needs }) => needs.map(skuKey).includes(skuKey(plan)))
      .map(({ index }) => ({ path: ['planDependencies', index, 'needs'], text: 'names the plan itself.' })),
    ...repeated(named, ({ plan }) => skuKey(plan)).map(({ item }) => ({
      path: ['planDependencies', item.index, 'plan'],
      text: 'has an entry already. Put all that it needs into that one.',
    })),
  ];
}

function operatorProblems({ lowSeats, operators }: Fields): readonly SenseProblem[] {
  return isSection(lowSeats) && list(operators).length === 0
    ? [{ path: ['lowSeats'], text: 'warns the operators, and none are named. Write "operators: [...]".' }]
    : [];
}
