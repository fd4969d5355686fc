/** What pages are made of. Each part says in words what it also says in colour. */
import type { LicenseflowError } from '../client/licenseflow-error.js';
import { Markup, html } from '../report/html.js';
import type { Visit } from './visit.js';
import { NOTHING, remedy, sentence } from './words.js';

export type Tone = 'good' | 'open' | 'wait' | 'bad' | 'quiet';

export function badge(tone: Tone, words: string): Markup {
  return html`<span class="badge ${tone}">${words}</span>`;
}

// --- page -------------------------------------------------------------------------------------------------------------

export interface Heading {
  readonly title: string;
  readonly lead?: Markup | string | null;
  readonly kind?: string;
  readonly badge?: Markup;
  readonly action?: Markup | null;
}

export function heading({ title, lead, kind, badge: state, action }: Heading): Markup {
  return html`<header class="page-head">
    <div>
      ${kind === undefined ? null : html`<p class="kind">${kind}</p>`}
      <h1>${title}</h1>
      ${state === undefined ? null : html`<p class="states" data-live="state">${state}</p>`}
      ${lead === undefined || lead === null ? null : html`<p class="lead">${lead}</p>`}
    </div>
    ${action === undefined || action === null ? null : html`<div class="page-action">${action}</div>`}
  </header>`;
}

/** A part of a page with a heading of its own. `live` names what is exchanged while the page is open. */
export function card(title: string, body: Markup, { live, id }: { live?: string; id?: string } = {}): Markup {
  return html`<section
    class="card"
    ${id === undefined ? null : html`id="${id}"`}
    ${live === undefined ? null : html`data-live="${live}"`}
  >
    <h2>${title}</h2>
    ${body}
  </section>`;
}

export function empty(title: string, text: string, action: Markup = NOTHING): Markup {
  return html`<div class="empty">
    <svg viewBox="0 0 48 48" aria-hidden="true">
      <rect x="6" y="10" width="36" height="28" rx="6" />
      <path d="M15 24l6 6 12-13" />
    </svg>
    <h2>${title}</h2>
    <p>${text}</p>
    ${action}
  </div>`;
}

/** Says what happened; what went wrong is announced at once. */
export function notice(tone: Tone, title: string, text: Markup | string | null = null): Markup {
  return html`<div class="notice ${tone}" role="${tone === 'bad' ? 'alert' : 'status'}">
    <p class="notice-title">${title}</p>
    ${text === null ? null : html`<p>${text}</p>`}
  </div>`;
}

/** What went wrong in the project's own words, what to do, and that nothing was lost. */
export function problemNotice(problem: LicenseflowError | null): Markup {
  if (problem === null) return NOTHING;
  const [first = '', ...more] = problem.message.split('\n');
  return html`<div class="notice bad" role="alert">
    <p class="notice-title">${sentence(first)}</p>
    ${
      more.length === 0
        ? null
        : html`<ul>
            ${more.map((line) => html`<li>${line.trim()}</li>`)}
          </ul>`
    }
    <p>${remedy(problem.remedy)} <small class="code">${problem.code}</small></p>
  </div>`;
}

export function linkButton(href: string, words: string, kind: 'primary' | 'secondary' = 'primary'): Markup {
  return html`<a class="button ${kind}" href="${href}">${words}</a>`;
}

export type Fact = readonly [label: string, value: Markup | string | number | null];

export function facts(rows: readonly Fact[]): Markup {
  const told = rows.filter(([, value]) => value !== null && value !== '');
  return html`<dl class="facts">
    ${told.map(
      ([label, value]) =>
        html`<div>
          <dt>${label}</dt>
          <dd>${value}</dd>
        </div>`,
    )}
  </dl>`;
}

// --- tables -----------------------------------------------------------------------------------------------------------

export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => Markup | string | number | null;
  readonly number?: true;
}

/** A table, which on a phone is a card for each row: the roles keep it a table for those who listen to it. */
export function table<Row>(caption: string, columns: readonly Column<Row>[], rows: readonly Row[]): Markup {
  return html`<table class="table" role="table">
    <caption class="unseen">
      ${caption}
    </caption>
    <thead role="rowgroup">
      <tr role="row">
        ${columns.map(({ title, number }) => html`<th scope="col" role="columnheader" ${numeric(number)}>${title}</th>`)}
      </tr>
    </thead>
    <tbody role="rowgroup">
      ${rows.map(
        (row) =>
          html`<tr role="row">
            ${columns.map(({ title, cell, number }) => {
              const value = cell(row);
              return value === null
                ? html`<td role="cell" class="nothing"></td>`
                : html`<td role="cell" data-label="${title}" ${numeric(number)}><span>${value}</span></td>`;
            })}
          </tr>`,
      )}
    </tbody>
  </table>`;
}

function numeric(is: true | undefined): Markup | null {
  return is === true ? html`class="number"` : null;
}

/**
 * Leads on to the part of a list that comes next, and back to its beginning.
 *
 * @param filter names of the fields that say what is listed; they stay as they are.
 */
export function paging(
  { values, path }: Pick<Visit, 'values' | 'path'>,
  filter: readonly string[],
  next: string | null,
): Markup {
  const address = (cursor: string | null) => {
    const query = new URLSearchParams(
      filter.filter((name) => values.has(name)).map((name): [string, string] => [name, values.text(name)]),
    );
    if (cursor !== null) query.set(CURSOR_FIELD, cursor);
    return `${path}?${query.toString()}`;
  };
  const isFirst = !values.has(CURSOR_FIELD);
  if (isFirst && next === null) return NOTHING;
  return html`<nav class="paging" aria-label="Parts of the list">
    ${isFirst ? null : html`<a class="button secondary" href="${address(null)}">Back to the beginning</a>`}
    ${next === null ? null : html`<a class="button secondary" href="${address(next)}" rel="next">Show more</a>`}
  </nav>`;
}

/** Where the part of a list begins that is shown; `null` for its beginning. */
export function cursorIn(values: Visit['values']): string | null {
  return values.has(CURSOR_FIELD) ? values.text(CURSOR_FIELD) : null;
}

const CURSOR_FIELD = 'from';

// --- forms ------------------------------------------------------------------------------------------------------------

interface FormOptions {
  readonly action: string;
  /** The page that has the form, where it is not the one that is shown. */
  readonly from?: string;
  readonly hidden?: Readonly<Record<string, string>>;
  readonly upload?: true;
  readonly className?: string;
}

/** A form that changes something. It knows its page, so that a lost session leads back to it. */
export function form(
  visit: Visit,
  { action, from, hidden = {}, upload, className }: FormOptions,
  body: Markup,
): Markup {
  return html`<form
    method="post"
    action="${action}"
    class="${className ?? 'form'}"
    ${upload === true ? html`enctype="multipart/form-data"` : null}
  >
    ${hiddenFields({ _csrf: visit.csrf, form: from ?? visit.path, ...hidden })}${body}
  </form>`;
}

export function hiddenFields(fields: Readonly<Record<string, string>>): Markup {
  return html`${Object.entries(fields).map(([name, value]) => html`<input type="hidden" name="${name}" value="${value}" />`)}`;
}

interface Field {
  readonly name: string;
  readonly label: string;
  readonly value?: string;
  readonly hint?: string | Markup;
  readonly required?: boolean;
  /** Where one page has several fields of a name. */
  readonly id?: string;
  readonly attributes?: Markup;
}

function labelled({ name, label, hint, required, id = name }: Field, control: Markup): Markup {
  return html`<div class="field">
    <label for="${id}">${label}${required === true ? null : html` <span class="optional">optional</span>`}</label>
    ${hint === undefined ? null : html`<p class="hint" id="${id}-hint">${hint}</p>`} ${control}
  </div>`;
}

function common({ name, hint, required, id = name }: Field): Markup {
  return html`id="${id}" name="${name}" ${required === true ? html`required` : null}
  ${hint === undefined ? null : html`aria-describedby="${id}-hint"`}`;
}

export function textField(field: Field): Markup {
  const { value = '', attributes = NOTHING } = field;
  return labelled(field, html`<input type="text" ${common(field)} value="${value}" ${attributes} />`);
}

export function areaField(field: Field): Markup {
  const { value = '', attributes = NOTHING } = field;
  // The line break after the tag is dropped by browsers, so that one that was typed stays.
  return labelled(
    field,
    html`${new Markup('<textarea ')}${common(field)} rows="3"
    ${attributes}${new Markup('>\n')}${value}${new Markup('</textarea>')}`,
  );
}

export function selectField(field: Field, options: readonly (readonly [value: string, words: string])[]): Markup {
  return labelled(
    field,
    // One of its options is always chosen; the first may stand for none, which a browser would take for no answer.
    html`<select ${common({ ...field, required: false })}>
      ${options.map(
        ([value, words]) =>
          html`<option value="${value}" ${value === field.value ? html`selected` : null}>${words}</option>`,
      )}
    </select>`,
  );
}

interface Choice {
  readonly name: string;
  readonly value: string;
  readonly words: Markup | string;
  readonly hint?: string | undefined;
  readonly checked: boolean;
}

export function choice(type: 'radio' | 'checkbox', { name, value, words, hint, checked }: Choice): Markup {
  return html`<label class="choice"
    ><input type="${type}" name="${name}" value="${value}" ${checked ? html`checked` : null} /><span
      >${words}${hint === undefined ? null : html`<small>${hint}</small>`}</span
    ></label
  >`;
}

export function button(words: string, kind: 'primary' | 'secondary' | 'danger' = 'primary', extra = NOTHING): Markup {
  return html`<button type="submit" class="button ${kind}" ${extra}>${words}</button>`;
}

/** Something that is rarely wanted, behind its own words. */
export function more(words: string, body: Markup, open = false): Markup {
  return html`<details class="more" ${open ? html`open` : null}>
    <summary>${words}</summary>
    ${body}
  </details>`;
}

export function timeline(
  entries: readonly { readonly at: string; readonly text: Markup }[],
  when: (iso: string) => Markup,
): Markup {
  return html`<ol class="timeline">
    ${entries.map(
      (entry) =>
        html`<li>
          <p>${entry.text}</p>
          <p class="when">${when(entry.at)}</p>
        </li>`,
    )}
  </ol>`;
}
