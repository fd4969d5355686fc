/** The frame of every page. */
import type { Markup } from '../report/html.js';
import { html } from '../report/html.js';
import type { Permission } from '../sign-in/access.js';
import { may } from '../sign-in/access.js';
import type { SignedIn } from '../sign-in/identity.js';
import { hiddenFields } from './parts.js';
import type { Page } from './visit.js';

/** Addresses of the style sheet, the script and the icon; their names change with their content. */
export interface Assets {
  readonly css: string;
  readonly js: string;
  readonly icon: string;
}

export interface Frame {
  readonly assets: Assets;
  readonly me: SignedIn | null;
  readonly path: string;
  /** Where the page is looked at again; of an answer to a form, the page that has the form. */
  readonly here: string;
  readonly csrf: string;
}

interface Place {
  readonly href: string;
  readonly words: string;
  readonly permission: Permission;
  /** Other addresses that belong to it. */
  readonly also?: RegExp;
}

const PLACES: readonly Place[] = [
  { href: '/inbox', words: 'Inbox', permission: 'decide' },
  { href: '/requests', words: 'My requests', permission: 'request', also: /^\/new-request/u },
  { href: '/my-licences', words: 'My licences', permission: 'request' },
  { href: '/all-requests', words: 'All requests', permission: 'readAll' },
  { href: '/campaigns', words: 'Campaigns', permission: 'readAll', also: /^\/(campaigns\/|new-campaign)/u },
  { href: '/seats', words: 'Seats', permission: 'readAll', also: /^\/seats\//u },
  { href: '/audit', words: 'Audit', permission: 'readAll' },
  { href: '/search', words: 'Search', permission: 'readAll', also: /^\/people\//u },
];

export function document(page: Page, { assets, me, path, here, csrf }: Frame): string {
  const { title, body, live, version } = page;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>${title} · licenseflow</title>
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <link rel="icon" href="${assets.icon}" type="image/svg+xml" />
        <link rel="stylesheet" href="${assets.css}" />
        <script src="${assets.js}" defer></script>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        ${topBar(me, path, csrf)}
        <main id="main" tabindex="-1" data-here="${here}" ${liveAttributes(live)} data-version="${version ?? ''}">
          ${body}
        </main>
        <div id="news" class="news" role="status" aria-live="polite"></div>
        <footer class="foot">
          <p>licenseflow says that a change is done only after a later read of the directory has shown it.</p>
        </footer>
      </body>
    </html> `.text;
}

function liveAttributes(live: Page['live']): Markup | null {
  if (live === undefined) return null;
  return 'events' in live ? html`data-events="${live.events}"` : html`data-every="${live.every}"`;
}

function topBar(me: SignedIn | null, path: string, csrf: string): Markup {
  return html`<header class="top">
    <div class="top-inner">
      <a class="brand" href="/" aria-label="licenseflow, home"
        ><svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="9" />
          <path d="M9 17l5 5 9-12" /></svg
        ><span>licenseflow</span></a
      >
      ${
        me === null
          ? null
          : html`<nav aria-label="Pages">
                <ul>
                  ${placesOf(me).map((place) => placeLink(place, path))}
                </ul>
              </nav>
              <div class="me">
                <span class="avatar" aria-hidden="true">${initials(me.displayName)}</span
                ><span class="my-name">${me.displayName}</span>
                <form method="post" action="/sign-out">
                  ${hiddenFields({ _csrf: csrf })}<button type="submit" class="text-button">Sign out</button>
                </form>
              </div>`
      }
    </div>
  </header>`;
}

function placesOf(me: SignedIn): readonly Place[] {
  return PLACES.filter(({ permission }) => may(me, permission));
}

function placeLink({ href, words, also }: Place, path: string): Markup {
  const isHere = path === href || also?.test(path) === true;
  return html`<li><a href="${href}" ${isHere ? html`aria-current="page"` : null}>${words}</a></li>`;
}

/** Where somebody begins. */
export function homeOf(me: SignedIn): string {
  return placesOf(me)[0]?.href ?? '/no-role';
}

function initials(name: string): string {
  const words = name.split(' ').filter((word) => word !== '');
  return [words[0], words.length > 1 ? words.at(-1) : undefined].map((word) => word?.charAt(0) ?? '').join('');
}
