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
