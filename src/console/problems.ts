/** Pages for what went wrong, each with what happened, what to do, and what became of what was typed. */
import type { FastifyError } from 'fastify';
import type { LicenseflowError } from '../client/licenseflow-error.js';
import type { Markup } from '../report/html.js';
import { html } from '../report/html.js';
import { heading, hiddenFields, linkButton, problemNotice } from './parts.js';
import type { Values } from './values.js';
import type { Page } from './visit.js';

const STATUS: Readonly<Record<LicenseflowError['kind'], number>> = {
  invalid: 400,
  'not-found': 404,
  refused: 409,
  conflict: 409,
  unreachable: 503,
  unanswered: 503,
  failed: 502,
};

export function statusOf({ kind }: LicenseflowError): number {
  return STATUS[kind];
}

/** It passes by itself, so that it is worth while to ask again. */
export function passes({ kind }: LicenseflowError): boolean {
  return kind === 'unreachable' || kind === 'unanswered';
}

/** What was posted and not carried out, to be sent once more. */
export interface Posted {
  readonly action: string;
  readonly values: Values;
  readonly csrf: string;
}

/** The page instead of the one that could not be made. */
export function problemPage(problem: LicenseflowError, posted: Posted | null): Page {
  if (passes(problem)) return silencePage(problem, posted);
  const title = problem.kind === 'not-found' ? 'Not found' : 'This did not work';
  return { title, body: html`${heading({ title })}${problemNotice(problem)}${homeLink()}` };
}

function silencePage(problem: LicenseflowError, posted: Posted | null): Page {
  const title = 'No answer just now';
  const lead =
    problem.kind === 'unreachable'
      ? 'The engine behind this page cannot be reached. Requests and campaigns that were accepted are recorded and go on when it is back.'
      : 'The engine behind this page is slow to answer. Everything that was accepted is recorded and goes on.';
  return {
    title,
    body: html`${heading({ title, lead })}
      <div ${posted === null ? html`data-retry` : null}>
        ${problemNotice(problem)}
        ${posted === null ? html`<p>This page looks again by itself. <a href="">Look again now</a></p>` : sendAgain(posted)}
      </div>`,
  };
}

/** A form that is sent again counts once, so that nobody has to know whether it had arrived. */
function sendAgain({ action, values, csrf }: Posted): Markup {
  if (values.upload !== null)
    return html`<p>The file is not kept. Go back, choose it once more, and send the form again: it counts once.</p>`;
  return html`<form method="post" action="${action}" class="form">
    ${hiddenFields({ _csrf: csrf, form: values.text('form') })}
    ${values.typed().map(([name, text]) => hiddenFields({ [name]: text }))}
    <p>What you sent is kept on this page. Sending it again is safe: it counts once.</p>
    <button type="submit" class="button primary">Send it again</button>
  </form>`;
}

/** The page of a form was open for so long that its token is not taken any more. */
export function staleFormPage(posted: Posted): Page {
  const title = 'Please send it once more';
  const lead = 'This form was open for a long time, or in two windows. Nothing was changed yet.';
  return { title, body: html`${heading({ title, lead })}${sendAgain(posted)}` };
}

/** Longer addresses are not carried through a sign-in. */
const ADDRESS_MAX = 1_800;

/** A form came from somebody whose session is over. The way back leads to its page, with what was typed in it. */
export function signedOutPage(values: Values): Page {
  const title = 'You were signed out';
  const lead = 'Your session ended before this was sent. Nothing was changed.';
  const back = wayBack(values);
  const typed = values.typed().filter(([name]) => READABLE.includes(name));
  const isCarried = back.includes('?') || typed.length === 0;
  return {
    title,
    body: html`${heading({ title, lead })}
      <p>
        ${
          isCarried
            ? 'Sign in again, and the form is there as you left it.'
            : 'Sign in again. This is what you wrote, to be copied:'
        }
      </p>
      ${isCarried ? null : typed.map(([, text]) => html`<pre class="kept">${text}</pre>`)}
      <p>${linkButton(`/sign-in?return_to=${encodeURIComponent(back)}`, 'Sign in again')}</p>`,
  };
}

/** Fields in which people write sentences. */
const READABLE = ['reason', 'justification'];

function wayBack(values: Values): string {
  const page = localPath(values.text('form'));
  const query = new URLSearchParams(values.typed().map(([name, text]): [string, string] => [name, text])).toString();
  const address = query === '' ? page : `${page}?${query}`;
  return address.length <= ADDRESS_MAX ? address : page;
}

/** Only a path of this console leads back; anything else leads home. */
export function localPath(path: string): string {
  return /^\/(?![/\\])[\w./-]*$/u.test(path) ? path : '/';
}

export function forbiddenPage(): Page {
  const title = 'This is not open to you';
  const lead = 'Your roles do not include this page. Nothing was changed.';
  return {
    title,
    body: html`${heading({ title, lead })}
      <p>Who gives out roles: the administrators of this application in Microsoft Entra ID.</p>
      ${homeLink()}`,
  };
}

export function notFoundPage(): Page {
  const title = 'There is no such page';
  return {
    title,
    body: html`${heading({ title, lead: 'The address is wrong, or what it stood for is gone.' })}${homeLink()}`,
  };
}

const REFUSALS: Readonly<Record<number, readonly [title: string, lead: string]>> = {
  413: ['That is too large', 'The file or the form is larger than this console takes. Nothing was changed.'],
  429: ['That was a lot at once', 'Wait a minute, then go on. Nothing was changed.'],
};
const UNREADABLE = ['That could not be read', 'What arrived was not complete. Nothing was changed.'] as const;

/**
 * What the server refuses before a page sees it: a body that is too large, of another kind, or cut off; or whatever says
 * itself what to do.
 */
export function refusedInputPage(error: FastifyError & { readonly remedy?: unknown }): Page {
  const { statusCode = 400, message, remedy } = error;
  const told = typeof remedy === 'string' ? ([message, remedy] as const) : (REFUSALS[statusCode] ?? UNREADABLE);
  const [title, lead] = told;
  return { title, body: html`${heading({ title, lead })}${homeLink()}` };
}

/** Nobody learns from the page what broke; the log has it under the same number. */
export function brokenPage(requestId: string): Page {
  const title = 'Something broke here';
  const lead =
    'That is a fault of this console, and no fault of yours. What was accepted before is recorded and goes on.';
  return {
    title,
    body: html`${heading({ title, lead })}
      <p>Tell an operator this number: <code>${requestId}</code></p>
      ${homeLink()}`,
  };
}

function homeLink(): Markup {
  return html`<p>${linkButton('/', 'To the start', 'secondary')}</p>`;
}
