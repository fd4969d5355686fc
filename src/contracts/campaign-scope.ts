/** Which part of a campaign a rollback is of. */
import type { RollbackScope } from './campaign.js';
import { waveName } from './campaign-story.js';

/** Users that one rollback names; more of them are a wave or a page. */
const ROLLBACK_USERS_MAX = 2_000;

/** What a rollback is of, in words. */
export function scopeText(scope: RollbackScope): string {
  switch (scope.kind) {
    case 'all':
      return 'everything';
    case 'wave':
      return waveName(scope.wave);
    case 'page':
      return `page ${scope.page}`;
    case 'users':
      return scope.users.length === 1 ? 'one user' : `${scope.users.length} users`;
  }
}

/** Why this part cannot be taken back, as a sentence; `null` where it can. `waves` are those that ran. */
export function scopeProblem(
  scope: RollbackScope,
  known: { readonly waves: Readonly<Record<number, unknown>>; readonly pages: number },
): string | null {
  const noPage = (page: number) =>
    Number.isInteger(page) && page >= 1 && page <= known.pages
      ? null
      : `There is no page ${page}; the campaign has ${known.pages}.`;
  switch (scope.kind) {
    case 'all':
      return null;
    case 'wave':
      return known.waves[scope.wave] === undefined
        ? `There is nothing to take back of ${waveName(scope.wave)}: it did not run.`
        : null;
    case 'page':
      return noPage(scope.page);
    case 'users':
      if (scope.users.length === 0) return 'Name at least one user.';
      if (scope.users.length > ROLLBACK_USERS_MAX)
        return `At most ${ROLLBACK_USERS_MAX} users can be named at a time; take back a page or a wave instead.`;
      return scope.users.map(({ page }) => noPage(page)).find((problem) => problem !== null) ?? null;
  }
}
