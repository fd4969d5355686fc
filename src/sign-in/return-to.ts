const NOWHERE = '/';
/** Longer ones are no page of ours. */
const CHARACTERS_MAX = 2_000;

/**
 * Where to go after signing in: a path of our own, or the first page. Whatever else was asked for would send people who trust
 * us to somebody else.
 */
export function ownPath(wanted: string | undefined): string {
  if (wanted === undefined || wanted.length > CHARACTERS_MAX) return NOWHERE;
  // A browser takes "//host" and "/\host" for another host, and drops control characters before it looks.
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(wanted)) return NOWHERE;
  const here = 'https://here.invalid';
  if (!URL.canParse(wanted, here)) return NOWHERE;
  const { origin, pathname, search } = new URL(wanted, here);
  if (origin !== here || pathname.startsWith('//') || /^\/sign-(?:in|out)(?:\/|$)/.test(pathname)) return NOWHERE;
  return pathname + search;
}
