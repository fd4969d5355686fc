/** Options of a benchmark on its command line. */
import { parseArgs } from 'node:util';

/**
 * Lists of numbers, such as `--users 500,5000`; what is not given is as in `defaults`.
 *
 * @throws Error for an option that is not among them, and for what is no number above 0.
 */
export function numbersOf<Name extends string>(
  defaults: Readonly<Record<Name, readonly number[]>>,
): Readonly<Record<Name, readonly number[]>> {
  const names = Object.keys(defaults) as Name[];
  const options = Object.fromEntries(names.map((name) => [name, { type: 'string' }] as const));
  const { values } = parseArgs({ options });
  const given = names.map((name) => [name, listOf(name, values[name]) ?? defaults[name]] as const);
  return Object.fromEntries(given) as Record<Name, readonly number[]>;
}

function listOf(name: string, text: unknown): readonly number[] | undefined {
  if (typeof text !== 'string') return undefined;
  const numbers = text.split(',').map(Number);
  if (numbers.some((number) => !(number > 0))) throw new Error(`--${name} takes numbers above 0, not "${text}".`);
  return numbers;
}
