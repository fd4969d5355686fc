/** One page of the users of a campaign, who are kept page of the campaign by page. */
import type { CampaignUser } from './campaign-users.js';
import type { Page, PageOptions } from './visibility-page.js';
import { badCursor } from './visibility-page.js';

/** Names a page of the campaign, and how many of its users that fit came before. */
const CURSOR = /^(\d{1,6})\.(\d{1,6})$/;

/** @throws LicenseflowError `invalid` for a cursor that is none. */
export async function usersPage(
  { size, cursor }: PageOptions,
  pages: number,
  usersOf: (page: number) => AsyncIterable<CampaignUser>,
): Promise<Page<CampaignUser>> {
  const { first, skipped } = placeOf(cursor);
  const rows: CampaignUser[] = [];
  for (let page = first, skip = skipped; page <= pages; page++, skip = 0) {
    let seen = 0;
    for await (const user of usersOf(page)) {
      if (seen++ < skip) continue;
      if (rows.length === size) return { rows, next: cursorAt(page, seen - 1) };
      rows.push(user);
    }
  }
  return { rows, next: null };
}

function placeOf(cursor: string | null): { readonly first: number; readonly skipped: number } {
  if (cursor === null) return { first: 1, skipped: 0 };
  const found = CURSOR.exec(Buffer.from(cursor, 'base64url').toString('utf8'));
  if (found === null) throw badCursor();
  return { first: Number(found[1]), skipped: Number(found[2]) };
}

function cursorAt(page: number, skipped: number): string {
  return Buffer.from(`${page}.${skipped}`).toString('base64url');
}
