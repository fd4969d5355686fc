/** One request of a browser, as the pages see it, and what they answer. */
import type { Licenseflow } from '../client/index.js';
import type { LicenseflowError } from '../client/licenseflow-error.js';
import type { Markup } from '../report/html.js';
import type { Permission } from '../sign-in/access.js';
import type { SignedIn } from '../sign-in/identity.js';
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
  /** What whoever looks must be permitted. */
  readonly permission: Permission;
  page(visit: Visit): Promise<Page>;
}

/** A form that is posted. */
export interface ActionRoute {
  readonly path: string;
  readonly permission: Permission;
  /** Carries it out, and says where to go on. */
  act(visit: Visit): Promise<string>;
  /** The page that shows the form again, with what is wrong and what was typed. */
  page(visit: Visit): Promise<Page>;
}
