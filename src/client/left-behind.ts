import type { RequestView } from '../contracts/license-request.js';

/** What a request had made and did not put back, one text a step; empty where nothing is left. */
export function leftBehind({ undone }: Pick<RequestView, 'undone'>): readonly string[] {
  return undone
    .filter(({ outcome }) => outcome !== 'undone' && outcome !== 'nothing-to-undo')
    .map(({ step, note }) => `${step}: ${note.replace(/\.$/, '')}`);
}
