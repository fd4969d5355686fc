/** The page on which one picks who signs in: no script, so that it works in every browser. */
import type { UserRecord } from '../user-record.js';
import type { AuthorizeRequest } from './authority.js';

/** More are found by the search field. */
const SHOWN_MAX = 60;

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { margin: 0 auto; padding: 2rem 1rem; max-width: 34rem; }
h1 { font-size: 1.4rem; margin: 0 0 .25rem; }
p { margin: .25rem 0 1rem; opacity: .8; }
form.search { display: flex; gap: .5rem; margin-bottom: 1rem; }
input { flex: 1; font: inherit; padding: .5rem .75rem; border: 1px solid #8888; border-radius: .5rem; }
button { font: inherit; cursor: pointer; border: 1px solid #8886; border-radius: .5rem; background: #8881; color: inherit; }
form.search button { padding: .5rem 1rem; }
ul { list-style: none; margin: 0; padding: 0; display: grid; gap: .5rem; }
li button { width: 100%; text-align: left; padding: .6rem .9rem; }
li button:hover, li button:focus-visible { border-color: #2563eb; outline: 2px solid #2563eb; }
small { display: block; opacity: .75; }
`;

/** @param query what the authorization endpoint was asked, to be asked again with the person in the form. */
export function signInPage(request: AuthorizeRequest, query: URLSearchParams, search: string): string {
  const { tenant, application } = request;
  const people = [...tenant.directory.users()].filter((user) => fits(user, search)).sort(byParts(request));
  const shown = people.slice(0, SHOWN_MAX);
  const hidden = [...query].map(([name, value]) => `<input type="hidden" name="${esc(name)}" value="${esc(value)}">`);
  const rest = people.length - shown.length;
  return page(
    `Sign in to ${application.displayName}`,
    `<h1>Sign in to ${esc(application.displayName)}</h1>
<p>This is the simulated directory of ${esc(tenant.displayName)}. Pick who you want to be; there are no passwords.</p>
<form class="search" method="get" role="search">${hidden.join('')}
<input type="search" name="search" value="${esc(search)}" placeholder="Name or address" aria-label="Name or address">
<button>Search</button></form>
<form method="post" action="?${esc(query.toString())}"><ul>
${shown.map((user) => personButton(user, request)).join('\n')}
</ul></form>
${rest > 0 ? `<p>${String(rest)} more; search for them.</p>` : ''}${people.length === 0 ? '<p>Nobody has this name.</p>' : ''}`,
  );
}

export function refusalPage(message: string): string {
  return page('Sign-in is not possible', `<h1>Sorry, you cannot sign in</h1>\n<p>${esc(message)}</p>`);
}

function personButton(user: UserRecord, request: AuthorizeRequest): string {
  const roles = rolesOf(user, request);
  const facts = [user.jobTitle, roles.length > 0 ? roles.join(', ') : null, user.accountEnabled ? null : 'disabled'];
  return `<li><button name="user" value="${esc(user.id)}">${esc(user.displayName)}
<small>${esc(user.userPrincipalName)} · ${esc(facts.filter((fact) => fact !== null).join(' · '))}</small></button></li>`;
}

function rolesOf(user: UserRecord, { application }: AuthorizeRequest): readonly string[] {
  return application.signIn?.assignments[user.id] ?? [];
}

/** Whoever has a part to play comes first. */
function byParts(request: AuthorizeRequest): (a: UserRecord, b: UserRecord) => number {
  const parts = (user: UserRecord) => rolesOf(user, request).length;
  return (a, b) => parts(b) - parts(a) || (a.displayName < b.displayName ? -1 : 1);
}

function fits({ displayName, userPrincipalName, deletedDateTime }: UserRecord, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  return (
    deletedDateTime === null && [displayName, userPrincipalName].some((text) => text.toLowerCase().includes(wanted))
  );
}

function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${esc(title)}</title><style>${STYLE}</style></head>
<body><main>
${body}
</main></body></html>
`;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

function esc(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ESCAPES[char] ?? char);
}
