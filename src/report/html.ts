/** Markup that is safe by its making: what is put into a template is escaped, unless it is markup itself. */

export class Markup {
  constructor(readonly text: string) {}
}

type Part = Markup | string | number | null | readonly Part[];

/**
 * HTML or SVG. Values are escaped, lists are joined, `null` is nothing.
 *
 * @example
 * ```ts
 * html`<p>${name}</p>`
 * ```
 */
export function html(literals: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(literals.map((literal, i) => (i === 0 ? '' : textOf(parts[i - 1] ?? null)) + literal).join(''));
}

function textOf(part: Part): string {
  if (part === null) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(textOf).join('');
  return escaped(String(part));
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

// A browser shows nothing for most control characters, and directions in a name must not turn the text around it.
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

function escaped(text: string): string {
  return text.replace(UNSEEN, '').replace(/[&<>"']/gu, (char) => ESCAPES[char] ?? char);
}
