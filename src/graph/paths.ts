import { GUID } from '../domain/license.js';

/**
 * Path of a user by object id or user principal name. A name that starts with `$` is reserved in a path segment and
 * needs the form with parentheses and quotes (Microsoft's page "Get a user"); `#` of guests, quotes and everything else
 * is percent-encoded.
 */
export function userPath(user: string): string {
  if (GUID.test(user)) return `/users/${user.toLowerCase()}`;
  if (user.startsWith('$') || /^\.*$/.test(user)) return `/users('${encoded(user.replaceAll("'", "''"))}')`;
  return `/users/${encoded(user)}`;
}

/** `encodeURIComponent` leaves quotes and parentheses, which mean something in an OData path. */
function encoded(value: string): string {
  return encodeURIComponent(value).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}
