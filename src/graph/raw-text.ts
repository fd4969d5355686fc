/** Longest piece of someone else's text that is kept: enough for every message of Graph, too short for a whole web page. */
const KEPT_CHARS_MAX = 500;

/** Text of others as one line of bounded length. */
export function shortened(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  return line.length <= KEPT_CHARS_MAX ? line : `${line.slice(0, KEPT_CHARS_MAX - 1)}…`;
}
