/** Sources of campaigns that only the directory knows: who holds a product, who is in a group. */
import { Context } from '@temporalio/activity';
import { tooManyUsers } from '../contracts/campaign.js';
import type {
  Remainder,
  RemainderInput,
  SharedUser,
  SharedUsers,
  SharedUsersInput,
  StartedPages,
  StartPagesInput,
} from '../contracts/campaign-reads.js';
import { pageDigest } from '../contracts/campaign-page.js';
import { GUID } from '../domain/license.js';
import type { Person } from '../domain/person.js';
import type { CallOptions, DirectoryUser, GraphGateway } from '../graph/gateway.js';
import { GraphFailure } from '../graph/gateway.js';
import { atBoundary } from './activity-failure.js';
import type { ActivityDependencies, CampaignPages, UserOfPage } from './dependencies.js';
import { whileHeartbeating } from './heartbeat.js';
import { chunksOf, inParallel } from '../client/in-parallel.js';
import { personOf } from './license-paths.js';
import { findSku } from './request-wish.js';

type Source = StartPagesInput['source'];

/** Pages that are asked for their users at a time. */
const PAGES_AT_ONCE = 4;
/** Names that one answer carries. */
const REMAINDER_MAX = 500;
/** Who is named twice has to be found in a file: nobody looks for hundreds at a time. */
const SHARED_MAX = 25;

export function createCampaignSourceActivities({ graph, campaignPages }: ActivityDependencies) {
  return {
    /**
     * Starts the pages of a campaign for everybody in its source, in the order of their ids. May be cut off and run again:
     * pages that exist stay as they are, and only who is in none of them goes to new pages.
     *
     * @throws ApplicationFailure `UNKNOWN_SKU`, `GROUP_NOT_FOUND`, or another `FailureCode` where the source cannot be read.
     */
    async startCampaignPages(input: StartPagesInput): Promise<StartedPages> {
      return atBoundary(() =>
        whileHeartbeating(async () => {
          const known = await existingPages(campaignPages, input.campaignId);
          const placed = new Set(known.flatMap(({ users }) => users));
          const people = await everybodyIn(graph, input.source, lowPriority());
          if (tooManyUsers(people.length, input.campaignPace) !== null)
            return { rows: [], digests: [], tooMany: people.length };
          const left = people.filter(({ id }) => !placed.has(id));
          const rows = chunksOf(left, input.campaignPace.pageRows).map((page) =>
            page.map(({ id }) => ({ user: id, wish: 0 })),
          );
          const digests = rows.map((page) => pageDigest(page, input.wishes));
          for (const [i, page] of rows.entries()) {
            Context.current().cancellationSignal.throwIfAborted();
            const { campaignId, wishes, pace, campaignPace } = input;
            await campaignPages.start({
              ...{ campaignId, wishes, pace, campaignPace, rows: page, carried: null },
              ...{ page: known.length + i + 1, digest: digests[i] ?? '' },
            });
          }
          return {
            rows: [...known.map(({ users }) => users.length), ...rows.map((page) => page.length)],
            digests: [...known.map(({ digest }) => digest), ...digests],
          };
        }),
      );
    },

    /** Who is in the source now and in no page of the campaign, the first by their ids. */
    async findRemainder({ campaignId, source, pages }: RemainderInput): Promise<Remainder> {
      return atBoundary(() =>
        whileHeartbeating(async () => {
          const numbers = Array.from({ length: pages }, (_, i) => i + 1);
          const [people, known] = await Promise.all([
            everybodyIn(graph, source, lowPriority()),
            inParallel(numbers, PAGES_AT_ONCE, (page) => campaignPages.usersOf(campaignId, page)),
          ]);
          const placed = new Set(known.flat().map(({ id }) => id));
          const left = people.filter(({ id }) => !placed.has(id));
          return {
            users: left
              .slice(0, REMAINDER_MAX)
              .map(({ id, userPrincipalName, displayName }) => ({ id, upn: userPrincipalName, name: displayName })),
            more: Math.max(0, left.length - REMAINDER_MAX),
          };
        }),
      );
    },

    /** Who is in more than one of these pages; all of them have to be planned. */
    async findSharedUsers({ campaignId, pages }: SharedUsersInput): Promise<SharedUsers> {
      return atBoundary(() =>
        whileHeartbeating(async () => {
          const placed = new Map<string, SharedUser>();
          const shared = new Set<string>();
          await inParallel(pages, PAGES_AT_ONCE, async (page) => {
            Context.current().cancellationSignal.throwIfAborted();
            for (const user of await answered(campaignPages.usersOf(campaignId, page), page)) {
              const place = placedToo(placed.get(user.id), user, page);
              placed.set(user.id, place);
              if (place.pages.length > 1) shared.add(user.id);
            }
          });
          const ids = [...shared].sort();
          const users = ids.slice(0, SHARED_MAX).flatMap((id) => placed.get(id) ?? []);
          return { users, more: ids.length - users.length };
        }),
      );
    },
  };
}

/** A page that does not answer now will later, so a plan does not fail by it. */
async function answered<T>(answer: Promise<T>, page: number): Promise<T> {
  try {
    return await answer;
  } catch (cause) {
    throw new GraphFailure(
      { code: 'TRANSIENT', message: `Page ${String(page)} did not answer: ${String(cause)}` },
      { cause },
    );
  }
}

function placedToo(known: SharedUser | undefined, { id, upn, line }: UserOfPage, page: number): SharedUser {
  const { pages = [], lines = [] } = known ?? {};
  return { id, upn, pages: inOrder([...pages, page]), lines: inOrder(line === null ? lines : [...lines, line]) };
}

/** Each once. */
function inOrder(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].sort((a, b) => a - b);
}

function lowPriority(): CallOptions {
  return { signal: Context.current().cancellationSignal, priority: 'Low' };
}

interface ExistingPage {
  readonly digest: string;
  /** Object ids. */
  readonly users: readonly string[];
}

/** Pages are started one after the other, so the first that is missing is the end. */
async function existingPages(pages: CampaignPages, campaignId: string): Promise<readonly ExistingPage[]> {
  const found: ExistingPage[] = [];
  for (;;) {
    const page = found.length + 1;
    const digest = await pages.digestOf(campaignId, page);
    if (digest === null) return found;
    const users = await pages.usersOf(campaignId, page);
    found.push({ digest, users: users.map(({ id }) => id) });
  }
}

/** Each person once, without those who are excepted, in the order of their ids. */
async function everybodyIn(graph: GraphGateway, source: Source, options: CallOptions): Promise<readonly Person[]> {
  const people = new Map<string, Person>();
  for await (const page of membersOf(graph, source, options))
    for (const user of page) people.set(user.id, personOf(user));
  const excepted = new Set(source.except.map((ref) => ref.trim().toLowerCase()));
  return [...people.values()]
    .filter(({ id, userPrincipalName }) => !excepted.has(id) && !excepted.has(userPrincipalName.toLowerCase()))
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

async function* membersOf(
  graph: GraphGateway,
  source: Source,
  options: CallOptions,
): AsyncGenerator<readonly DirectoryUser[]> {
  if (source.kind === 'group') {
    yield await groupMembers(graph, source.group, options);
    return;
  }
  const sku = findSku(source.sku, await graph.subscribedSkus(options));
  if (sku === null)
    throw new GraphFailure({ code: 'UNKNOWN_SKU', message: `The tenant does not own a product "${source.sku}".` });
  yield* graph.listUsers(`assignedLicenses/any(l:l/skuId eq ${sku.skuId})`, options);
}

async function groupMembers(
  graph: GraphGateway,
  groupId: string,
  options: CallOptions,
): Promise<readonly DirectoryUser[]> {
  const message = `The directory has no group with the object id "${groupId}".`;
  // Graph's own words for what is no id at all speak of neither a group nor an id.
  if (!GUID.test(groupId)) throw new GraphFailure({ code: 'GROUP_NOT_FOUND', message });
  try {
    return await graph.groupMembers(groupId, options);
  } catch (error) {
    if (error instanceof GraphFailure && error.failure.code === 'GROUP_NOT_FOUND')
      throw new GraphFailure({ ...error.failure, message }, { cause: error });
    throw error;
  }
}
