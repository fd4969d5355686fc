/** A person as a request remembers them. */
export interface Person {
  /** Object id in the directory, lower case. */
  readonly id: string;
  readonly userPrincipalName: string;
  readonly displayName: string;
}

/**
 * Whether `ref`, an object id or a user principal name, means this person. Neither is case sensitive in the directory.
 */
export function isPerson(person: Person, ref: string): boolean {
  const wanted = ref.trim().toLowerCase();
  return wanted === person.id.toLowerCase() || wanted === person.userPrincipalName.toLowerCase();
}

/** How a person appears in sentences: the name, and what tells two people of one name apart. */
export function nameOf(person: Person): string {
  return `${person.displayName} <${person.userPrincipalName}>`;
}

/** Names that one sentence can carry. */
const NAMES_MAX = 8;

/** People in a sentence; of many only the first are named. */
export function namesOf(people: readonly Person[]): string {
  const named = people.slice(0, NAMES_MAX).map(nameOf);
  const more = people.length - named.length;
  return more === 0 ? orList(named) : `${named.join(', ')} or ${String(more)} more`;
}

function orList(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
}
