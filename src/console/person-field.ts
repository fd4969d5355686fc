/** Naming a person in a form: typed in part, and chosen of those whom it may mean. It needs no script. */
import { LicenseflowError } from '../client/licenseflow-error.js';
import type { Person } from '../domain/person.js';
import { isPerson } from '../domain/person.js';
import type { Markup } from '../report/html.js';
import { html } from '../report/html.js';
import { choice, textField } from './parts.js';
import type { Visit } from './visit.js';

/** Several people may be meant, or nobody is: the form shows whom to choose of. */
export class PersonUnclear extends LicenseflowError {
  constructor(
    readonly field: string,
    readonly similar: readonly Person[],
    typed: string,
  ) {
    super(
      'invalid',
      'WHO_IS_MEANT',
      similar.length === 0 ? `Nobody is found by “${typed}”.` : `“${typed}” may mean several people.`,
      similar.length === 0
        ? 'Check the spelling; a name or an address is wanted.'
        : 'Choose who is meant, and send it again.',
    );
  }
}

/** @throws PersonUnclear unless exactly one person is meant. */
export async function findPerson({ licenseflow, values }: Visit, field: string): Promise<Person> {
  const typed = values.text(`${field}_id`) || values.text(field);
  if (typed === '') throw new PersonUnclear(field, [], '');
  const people = await licenseflow.tenant.people(typed);
  const exact = people.find((person) => isPerson(person, typed));
  const only = people.length === 1 ? people[0] : undefined;
  const found = exact ?? only;
  if (found === undefined) throw new PersonUnclear(field, people, typed);
  return found;
}

interface PersonField {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  /** Where the form can do without it. */
  readonly optional?: true;
}

export function personChoice(
  { values, problem }: Visit,
  { name, label, hint = 'Name or address.', optional }: PersonField,
): Markup {
  const similar = problem instanceof PersonUnclear && problem.field === name ? problem.similar : [];
  return html`${textField({
    ...{ name, label, hint, required: optional !== true, value: values.text(name) },
    attributes: html`autocomplete="off" spellcheck="false" data-people`,
  })}
  ${
    similar.length === 0
      ? null
      : html`<fieldset>
          <legend>Who is meant?</legend>
          ${similar.map(({ id, displayName, userPrincipalName }) =>
            choice('radio', {
              ...{ name: `${name}_id`, value: id, words: displayName, hint: userPrincipalName },
              checked: values.text(`${name}_id`) === id,
            }),
          )}
        </fieldset>`
  }`;
}
