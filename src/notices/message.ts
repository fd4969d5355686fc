/** A notice in words, and the two forms that a mail can have: both are made of the same parts. */

export interface Message {
  /** One line. */
  readonly subject: string;
  /** What happened, in sentences. */
  readonly opening: readonly string[];
  readonly details: readonly (readonly [label: string, value: string])[];
  /** What the plan does, one line each; empty where the notice is about no plan. */
  readonly plan: { readonly title: string; readonly lines: readonly string[] };
  /** What to do now, and the command for it. */
  readonly next: string;
  readonly command: string;
  /** Why it came, and from where. */
  readonly closing: string;
}

export function plainText({ opening, details, plan, next, command, closing }: Message): string {
  const width = Math.max(0, ...details.map(([label]) => label.length));
  return [
    ...opening,
    '',
    ...details.map(([label, value]) => `${`${label}:`.padEnd(width + 1)} ${value}`),
    ...(plan.lines.length === 0 ? [] : ['', `${plan.title}:`, ...plan.lines.map((line) => `  ${line}`)]),
    '',
    next,
    '',
    `  ${command}`,
    '',
    '-- ',
    closing,
    '',
  ].join('\n');
}

export function html({ subject, opening, details, plan, next, command, closing }: Message): string {
  const rows = details.map(
    ([label, value]) =>
      `<tr><th align="left" valign="top" style="padding:2px 16px 2px 0">${escaped(label)}</th><td>${escaped(value)}</td></tr>`,
  );
  const lines = plan.lines.map((line) => `<li>${escaped(line)}</li>`).join('\n');
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escaped(subject)}</title></head>`,
    '<body style="font-family:Segoe UI,Arial,sans-serif;font-size:14px;line-height:1.45;max-width:42em">',
    ...opening.map((sentence) => `<p>${escaped(sentence)}</p>`),
    `<table cellspacing="0" cellpadding="0" style="font-size:14px">\n${rows.join('\n')}\n</table>`,
    ...(plan.lines.length === 0 ? [] : [`<p><b>${escaped(plan.title)}</b></p>\n<ul>\n${lines}\n</ul>`]),
    `<p>${escaped(next)}</p>`,
    `<pre style="background:#f3f2f1;padding:8px;white-space:pre-wrap">${escaped(command)}</pre>`,
    `<hr><p style="color:#605e5c;font-size:12px">${escaped(closing)}</p>`,
    '</body></html>',
  ].join('\n');
}

/** Names, reasons and products are typed by people, and none of it may become markup. */
function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
