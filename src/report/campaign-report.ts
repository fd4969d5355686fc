/**
 * A campaign as one HTML file that anybody can read: what was done, to how many people, when, what went wrong and what is
 * left to do. It loads nothing and runs nothing, so it can be mailed and kept.
 */
import { createHash } from 'node:crypto';
import type { CampaignView } from '../contracts/campaign.js';
import type { CampaignState } from '../domain/campaign.js';
import { shortDigest } from '../domain/digest.js';
import { number, percent } from './charts.js';
import type { Figures } from './figures.js';
import { Markup, html } from './html.js';
import type { OutcomeCounts } from './outcomes.js';
import { outcomesOf, sum, TROUBLE } from './outcomes.js';
import { historySection } from './sections/history.js';
import { progressSection } from './sections/progress.js';
import { servicesSection } from './sections/services.js';
import { blockedSection, troubleSection } from './sections/trouble.js';
import { wavesSection } from './sections/waves.js';
import { whatSection } from './sections/what.js';
import { wordsSection } from './sections/words.js';
import { STYLE } from './style.js';
import { TenantNames } from './tenant-names.js';
import { timesOf } from './times.js';

export interface ReportInput {
  readonly view: CampaignView;
  readonly figures: Figures;
  /** When the report is made, ISO 8601. */
  readonly at: string;
  /** IANA name of the zone in which times are written. */
  readonly timeZone: string;
}

/** @returns a whole HTML document. */
export function campaignReport({ view, figures, at, timeZone }: ReportInput): string {
  const counts = outcomesOf(view.users);
  const names = new TenantNames(view.plan?.skus ?? []);
  const times = timesOf(timeZone);
  const sections = [
    header(view, counts),
    tiles(view, counts),
    whatSection(view, figures, names, times),
    wavesSection(view),
    progressSection(view, figures, timeZone, times),
    troubleSection(figures, counts),
    blockedSection(figures.blocked),
    servicesSection(figures, names),
    historySection(view, times),
    wordsSection(counts),
  ];
  const plan = view.plan === null ? null : html`, plan <code>${shortDigest(view.plan.digest)}</code>`;
  const footer = html`<footer>
    <p>Campaign ${view.campaignId}${plan}. Written ${times(at)}. Times are those of ${timeZone}.</p>
    <p>A change counts as made only after a later read of the directory showed it.</p>
  </footer>`;
  return document(view.title, html`<main>${sections}${footer}</main>`);
}

function document(title: string, body: Markup): string {
  const style = createHash('sha256').update(STYLE).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}: campaign report</title>
        ${new Markup(`<style>${STYLE}</style>`)}
      </head>
      <body>
        ${body}
      </body>
    </html> `.text;
}

function header(view: CampaignView, counts: OutcomeCounts): Markup {
  const { label, tone } = stateBadge(view.state, counts);
  return html`<header>
    <p class="kind">Licence campaign</p>
    <h1>${view.title}</h1>
    <p class="lead">${leadText(counts)}</p>
    <p class="when"><span class="badge ${tone}">${label}</span></p>
  </header>`;
}

function leadText(counts: OutcomeCounts): string {
  const all = sum(Object.values(counts));
  const trouble = sum(TROUBLE.map((outcome) => counts[outcome]));
  const left = counts.blocked + counts.skipped;
  const open = counts.open + counts.seat;
  const sentence = (count: number, one: string, many: string) =>
    count === 0 ? [] : [`${number(count)} ${count === 1 ? one : many}.`];
  return [
    counts.done === 0
      ? `${number(all)} people are in this campaign; nobody's licences are changed.`
      : `${number(counts.done)} of ${number(all)} people were changed, and a later read of the directory confirmed each of them.`,
    ...sentence(counts.already, 'already had what was planned', 'already had what was planned'),
    ...sentence(counts.restored, 'was taken back to what they had before', 'were taken back to what they had before'),
    ...sentence(trouble, 'needs somebody to look', 'need somebody to look'),
    ...sentence(left, 'was not attempted', 'were not attempted'),
    ...sentence(open, 'is still to come', 'are still to come'),
  ].join(' ');
}

const BADGES: Readonly<Record<CampaignState, { readonly label: string; readonly tone: 'good' | 'bad' | 'open' }>> = {
  intake: { label: 'Being prepared', tone: 'open' },
  planning: { label: 'Being planned', tone: 'open' },
  planned: { label: 'Planned, not started', tone: 'open' },
  'awaiting-second': { label: 'Waits for a second person', tone: 'open' },
  running: { label: 'Running', tone: 'open' },
  soaking: { label: 'Running: between two waves', tone: 'open' },
  'awaiting-promotion': { label: 'Waits for the next wave to be let go', tone: 'open' },
  'outside-hours': { label: 'Waits for its allowed hours', tone: 'open' },
  pausing: { label: 'Being paused', tone: 'bad' },
  paused: { label: 'Paused', tone: 'bad' },
  cancelling: { label: 'Being cancelled', tone: 'bad' },
  'rolling-back': { label: 'Being taken back', tone: 'open' },
  finished: { label: 'Finished', tone: 'good' },
  closed: { label: 'Finished and closed', tone: 'good' },
  refused: { label: 'Refused: there is no plan', tone: 'bad' },
  abandoned: { label: 'Never started', tone: 'bad' },
};

function stateBadge(state: CampaignState, counts: OutcomeCounts): (typeof BADGES)[CampaignState] {
  const badge = BADGES[state];
  return badge.tone === 'good' && counts.skipped > 0 ? { label: 'Cancelled', tone: 'bad' } : badge;
}

interface Tile {
  readonly label: string;
  readonly figure: string;
  readonly note: string;
  readonly tone?: 'good' | 'bad';
}

function tiles({ plan }: CampaignView, counts: OutcomeCounts): Markup {
  const trouble = sum(TROUBLE.map((outcome) => counts[outcome]));
  const all = sum(Object.values(counts));
  const planned = plan?.ready ?? all;
  const open = counts.open + counts.seat;
  const left = counts.blocked + counts.skipped;
  const shown: readonly (Tile | null)[] = [
    {
      ...{ label: 'Changed and verified', figure: number(counts.done), tone: 'good' },
      note: `${percent(counts.done, planned)} of ${number(planned)} planned`,
    },
    counts.restored === 0
      ? null
      : { label: 'Taken back', figure: number(counts.restored), note: 'exactly as they were before' },
    {
      ...{ label: 'Somebody has to look', figure: number(trouble), ...(trouble > 0 && { tone: 'bad' as const }) },
      note: trouble === 0 ? 'nothing is left over' : `${percent(trouble, all)} of all; listed below`,
    },
    left === 0 ? null : { label: 'Not attempted', figure: number(left), note: 'nothing was changed for them' },
    open === 0 ? null : { label: 'Still to come', figure: number(open), note: 'their turn has not come' },
  ];
  return html`<dl class="tiles">
    ${shown.map((tile) =>
      tile === null
        ? null
        : html`<div class="tile ${tile.tone ?? ''}">
            <dt>${tile.label}</dt>
            <dd>${tile.figure}<small>${tile.note}</small></dd>
          </div>`,
    )}
  </dl>`;
}
