/** What a schema found wrong, as sentences for the one who wrote the file. No sentence holds a value that was read. */
import type { z } from 'zod';
import { nearMiss } from './near-miss.js';

export interface SchemaProblem {
  readonly path: readonly PropertyKey[];
  /** A key that should not be there, as against a value that should be another. */
  readonly unknownKey: boolean;
  readonly missing: boolean;
  readonly text: string;
}

/** Parses `value`; every problem is found in one go. */
export function check<T>(schema: z.ZodType<T>, value: unknown): { value: T } | { problems: readonly SchemaProblem[] } {
  const result = schema.safeParse(value, { error: sentence, reportInput: true });
  return result.success ? { value: result.data } : { problems: result.error.issues.flatMap(problemsOf) };
}

function problemsOf(issue: z.core.$ZodIssue): readonly SchemaProblem[] {
  const { path, message } = issue;
  if (issue.code !== 'unrecognized_keys')
    return [{ path, unknownKey: false, missing: isMissing(issue), text: message }];
  const known = message.split(' ');
  return issue.keys.map((key) => {
    const meant = nearMiss(key, known);
    const remedy = meant === null ? `Known here: ${known.join(', ')}.` : `Did you mean "${meant}"?`;
    return { path: [...path, key], unknownKey: true, missing: false, text: `is not known. ${remedy}` };
  });
}

function isMissing(issue: z.core.$ZodIssue): boolean {
  return (issue.code === 'invalid_type' || issue.code === 'invalid_value') && issue.input === undefined;
}

const KINDS: Readonly<Record<string, string>> = {
  string: 'a text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a section with keys of its own',
  record: 'a section with keys of its own',
};

function sentence(issue: z.core.$ZodRawIssue): string | undefined {
  if (isMissing(issue as z.core.$ZodIssue)) return 'is missing.';
  if (issue.code === 'invalid_type' && issue.input === null)
    return 'has no value. Write one, or remove the line; a section without anything in it is written {}.';
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${KINDS[issue.expected] ?? issue.expected}.`;
    case 'invalid_value':
      return `must be ${orList(issue.values.map(String))}.${suggestion(issue.input, issue.values.map(String))}`;
    case 'too_small':
      return issue.origin === 'number' || issue.origin === 'int'
        ? `must be ${issue.inclusive ? 'at least' : 'above'} ${issue.minimum}.`
        : 'must not be empty.';
    case 'too_big':
      return `must be ${issue.inclusive ? 'at most' : 'below'} ${issue.maximum}.`;
    default:
      return undefined;
  }
}

function suggestion(written: unknown, known: readonly string[]): string {
  const meant = typeof written === 'string' ? nearMiss(written, known) : null;
  return meant === null ? '' : ` Did you mean "${meant}"?`;
}

function orList(words: readonly string[]): string {
  const [last, ...before] = [...words].reverse();
  return before.length === 0 ? (last ?? '') : `${before.reverse().join(', ')} or ${last ?? ''}`;
}
