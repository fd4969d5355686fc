/** The campaigns that a person is in, as far as they can be asked in a few seconds. */
import type { Client } from '@temporalio/client';
import { campaignView, campaignWorkflowId } from '../contracts/campaign.js';
import { campaignPageWorkflowId, pageContentOf } from '../contracts/campaign-page.js';
import type { CampaignState } from '../domain/campaign.js';
import type { Person } from '../domain/person.js';
import { listCampaigns } from './campaign-list.js';
import type { Installation } from './installation.js';
import type { CampaignUser } from './campaign-users.js';
import { usersIn } from './campaign-users.js';
import { inParallel } from './in-parallel.js';
import { askingAgain } from './temporal-errors.js';

export interface PersonInCampaign {
  readonly campaignId: string;
  readonly title: string;
  readonly state: CampaignState;
  /** Where the person is in it, what went wrong, and what to do. */
  readonly user: CampaignUser;
}

export interface CampaignsOfPerson {
  /** Campaigns that have not ended, or can still be rolled back; the newest first. */
  readonly open: readonly PersonInCampaign[];
  /** Campaigns of which not every page was asked or answered, so that the person may be in them too. */
  readonly notAsked: readonly string[];
  /** Whether there are older open campaigns, none of which was asked. */
  readonly olderNotAsked: boolean;
}

/** How much is asked at most. */
export interface CampaignSearch {
  readonly campaigns: number;
  readonly pages: number;
  /** For everything together, and for one answer; in milliseconds. */
  readonly withinMs: number;
  readonly answerMs: number;
}

const SEARCH: CampaignSearch = { campaigns: 20, pages: 400, withinMs: 10_000, answerMs: 3_000 };
const PAGES_AT_ONCE = 4;

/** Nobody knows in which page a person is, so pages are asked, the newest campaign first, until there is no time left. */
export async function campaignsOf(
  here: Installation,
  person: Person,
  search: CampaignSearch = SEARCH,
): Promise<CampaignsOfPerson> {
  const listed = await listCampaigns(here, { limit: search.campaigns + 1 });
  const questions = new Questions(here.client, person, search);
  const open: PersonInCampaign[] = [];
  const notAsked: string[] = [];
  for (const { campaignId } of listed.slice(0, search.campaigns)) {
    const answer = await questions.about(campaignId);
    if (answer === 'unknown') notAsked.push(campaignId);
    else if (answer !== null) open.push(answer);
  }
  return { open, notAsked, olderNotAsked: listed.length > search.campaigns };
}

class Questions {
  readonly #client: Client;
  /** An object id, and what a source may say before it is planned. */
  readonly #refs: readonly string[];
  readonly #answerMs: number;
  readonly #until: number;
  #pagesLeft: number;

  constructor(client: Client, { id, userPrincipalName }: Person, { pages, withinMs, answerMs }: CampaignSearch) {
    this.#client = client;
    this.#refs = [id, userPrincipalName];
    this.#answerMs = answerMs;
    this.#until = Date.now() + withinMs;
    this.#pagesLeft = pages;
  }

  /** `null` where the person is not in the campaign, `unknown` where not everything could be asked. */
  async about(campaignId: string): Promise<PersonInCampaign | 'unknown' | null> {
    try {
      const handle = this.#client.workflow.getHandle(campaignWorkflowId(campaignId));
      const { title, state, pages } = await this.#ask(() => handle.query(campaignView));
      // Before it is complete nobody knows how many pages it has.
      if (state === 'intake') return 'unknown';
      const user = await this.#userIn(campaignId, pages.sealed);
      return user === null || user === 'unknown' ? user : { campaignId, title, state, user };
    } catch {
      return 'unknown';
    }
  }

  async #userIn(campaignId: string, pages: number): Promise<CampaignUser | 'unknown' | null> {
    const asked = Math.min(pages, this.#pagesLeft);
    const found: CampaignUser[] = [];
    const numbers = Array.from({ length: asked }, (_, i) => i + 1);
    let unanswered = pages - asked;
    await inParallel(numbers, PAGES_AT_ONCE, async (page) => {
      // Nobody is in two pages.
      if (found.length > 0) return;
      this.#pagesLeft--;
      const handle = this.#client.workflow.getHandle(campaignPageWorkflowId(campaignId, page));
      try {
        found.push(...usersIn(await this.#ask(() => handle.query(pageContentOf, this.#refs))));
      } catch {
        unanswered++;
      }
    });
    return found[0] ?? (unanswered > 0 ? 'unknown' : null);
  }

  #ask<T>(question: () => Promise<T>): Promise<T> {
    const leftMs = this.#until - Date.now();
    if (leftMs <= 0) throw new Error('There is no time left.');
    return askingAgain(this.#client, Math.min(leftMs, this.#answerMs), question);
  }
}
