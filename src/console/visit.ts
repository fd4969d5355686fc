/** One request of a browser, as the pages see it, and what they answer. */
import type { Licenseflow } from '../client/index.js';
import type { LicenseflowError } from '../client/licenseflow-error.js';
import type { Actor } from '../domain/approval.js';
import type { Markup } from '../report/html.js';
import type { Role, SignedIn } from '../sign-in/identity.js';
import type { Values } from './values.js';

export interface Visit {
  readonly licenseflow: Licenseflow;
  readonly me: SignedIn;
  /** Path without the query. */
  readonly path: string;
  /** Path parameters, then what was posted, then the query. */
  readonly values: Values;
  /** Why the posted form was not carried out; `null` where nothing is wrong. */
  readonly problem: LicenseflowError | null;
  /** For the hidden field of a form. */
  readonly csrf: string;
  readonly now: Date;
}

export interface Page {
  readonly title: string;
  readonly body: Markup;
  /** How the page is kept up to date while it is open: looked at again, or told by events. */
  readonly live?: { readonly every: number } | { readonly events: string };
  /** While it is the same, only what is live on the page is exchanged, and nobody is disturbed while typing. */
  readonly version?: string;
}

/** A page that is looked at. */
export interface PageRoute {
  readonly path: string;
  readonly roles: readonly Role[];
  page(visit: Visit): Promise<Page>;
}

/** A form that is posted. */
export interface ActionRoute {
  readonly path: string;
  readonly roles: readonly Role[];
  /** Carries it out, and says where to go on. */
  act(visit: Visit): Promise<string>;
  /** The page that shows the form again, with what is wrong and what was typed. */
  page(visit: Visit): Promise<Page>;
}

/** Who acts: as themselves, proven by the sign-in. */
export function actorOf({ me }: Pick<Visit, 'me'>): Actor {
  return { ref: me.id, assurance: 'signed-in' };
}

export function hasRole({ roles }: Pick<SignedIn, 'roles'>, ...wanted: readonly Role[]): boolean {
  return wanted.some((role) => roles.includes(role));
}

