/**
 * Bars of outcomes as SVG that grows with the page: colours and lengths in the picture, words and numbers beside it, so
 * that a phone shows them in a size that can be read.
 */
import type { UserCounts } from '../domain/campaign.js';
import { number } from '../report/charts.js';
import type { Markup } from '../report/html.js';
import { html } from '../report/html.js';
import type { Outcome } from '../report/outcomes.js';
import { OUTCOMES, outcomesOf, sum } from '../report/outcomes.js';

const LENGTH = 1_000;
/** What is there must be seen, however few they are. */
const SEGMENT_MIN = 6;

/** How people are shared out among the outcomes. */
export function outcomeBar(users: UserCounts, label: string, large = false): Markup {
  const counts = outcomesOf(users);
  const present = OUTCOMES.filter(({ key }) => counts[key] > 0);
  const all = sum(present.map(({ key }) => counts[key]));
  const wanted = present.map(({ key }) => Math.max(SEGMENT_MIN, (counts[key] / all) * LENGTH));
  const scale = LENGTH / Math.max(1, sum(wanted));
  const told = present.map((outcome) => `${number(counts[outcome.key])} ${outcome.label.toLowerCase()}`).join(', ');
  return html`<svg
    class="bar ${large ? 'large' : ''}"
    viewBox="0 0 ${LENGTH} 10"
    preserveAspectRatio="none"
    role="img"
    aria-label="${label}: ${told === '' ? 'nobody' : told}"
  >
    ${present.map(
      ({ key }, i) =>
        html`<rect
          class="fill-${key}"
          x="${round(sum(wanted.slice(0, i)) * scale)}"
          y="0"
          width="${round((wanted[i] ?? 0) * scale)}"
          height="10"
        />`,
    )}
  </svg>`;
}

/** Colours, their words and their numbers. */
export function outcomeLegend(users: UserCounts): Markup {
  const counts = outcomesOf(users);
  return html`<ul class="legend">
    ${OUTCOMES.filter(({ key }) => counts[key] > 0).map(({ key, label }) => legendEntry(key, label, counts[key]))}
  </ul>`;
}

function legendEntry(outcome: Outcome, label: string, people: number): Markup {
  return html`<li><i class="fill-${outcome}" aria-hidden="true"></i>${label} <strong>${number(people)}</strong></li>`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
