/** What terms must not say: notices before there is a licence, and ends that lead in a circle. */
import { durationMs } from './duration.js';
import { skuKey } from './policy-schema.js';
import type { Path, SenseProblem } from './written.js';
import { fields, list } from './written.js';

/** @param path of the term. */
export function termProblems(path: Path, term: unknown): readonly SenseProblem[] {
  const { max, notices } = fields(term);
  const maxMs = durationMs(max);
  return list(notices).flatMap((notice, i) => {
    const beforeMs = durationMs(notice);
    return maxMs !== null && beforeMs !== null && beforeMs >= maxMs
      ? [
          {
            path: [...path, 'notices', i],
            text: 'is not shorter than "max", so it would come before the licence does.',
          },
        ]
      : [];
  });
}

/** A licence whose end gives another licence, whose end gives the first one, never ends. */
export function stepDownProblems(
  skus: readonly (readonly [key: string, rule: unknown])[],
  defaultTerm: unknown,
): readonly SenseProblem[] {
  const next = new Map(skus.map(([key, rule]) => [skuKey(key), stepDownOf(fields(rule)['term'] ?? defaultTerm)]));
  return skus.flatMap(([key, rule]) => {
    const start = skuKey(key);
    const path = ['skus', key, ...(fields(rule)['term'] === undefined ? [] : ['term', 'stepDownTo'])];
    return leadsBack(start, next)
      ? [{ path, text: 'steps down to itself in the end. Let one of the products end with "previous".' }]
      : [];
  });
}

function stepDownOf(term: unknown): string | null {
  const { stepDownTo } = fields(term);
  if (typeof stepDownTo !== 'string' || skuKey(stepDownTo) === 'previous') return null;
  return skuKey(stepDownTo);
}

function leadsBack(start: string, next: ReadonlyMap<string, string | null>): boolean {
  const seen = new Set<string>();
  for (let at = next.get(start) ?? null; at !== null && !seen.has(at); at = next.get(at) ?? null) {
    if (at === start) return true;
    seen.add(at);
  }
  return false;
}
