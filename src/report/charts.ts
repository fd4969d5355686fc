/**
 * Charts as SVG. Colours are classes, so that light and dark are the business of the style sheet; what a chart says in
 * colours stands beside it in words and numbers, and again in a table below it.
 */
import type { Markup } from './html.js';
import { html } from './html.js';
import type { Outcome, OutcomeCounts } from './outcomes.js';
import { OUTCOMES, sum } from './outcomes.js';
import { countTicks, timeTicks } from './scale.js';

const WIDTH = 760;

export interface WaveBar {
  readonly label: string;
  readonly counts: OutcomeCounts;
}

/** One bar a wave, all of the same length: how its people are shared out among the outcomes. */
export function waveChart(bars: readonly WaveBar[]): Markup {
  const [labels, figures, rowHeight, bar] = [90, 140, 34, 22];
  const length = WIDTH - labels - figures;
  const height = bars.length * rowHeight;
  const rows = bars.map(({ label, counts }, i) => {
    const y = i * rowHeight + (rowHeight - bar) / 2;
    const middle = y + bar / 2 + 4.5;
    const all = sum(Object.values(counts));
    const done = counts.done;
    return html`<g>
      <text x="0" y="${middle}">${label}</text>
      ${segments(counts, labels, length).map(
        ({ outcome, x, width, count, title }) =>
          html`<rect class="fill-${outcome}" x="${x}" y="${y}" width="${width}" height="${bar}"
              ><title>${label}: ${number(count)} ${title.toLowerCase()}</title></rect
            >${width > 44 ? html`<text class="on-${outcome}" x="${x + width / 2}" y="${middle}" text-anchor="middle">${number(count)}</text>` : null}`,
      )}
      <text class="quiet" x="${WIDTH}" y="${middle}" text-anchor="end">
        ${done > 0 ? `${percent(done, all)} of ${number(all)}` : `of ${number(all)}`}
      </text>
    </g>`;
  });
  return svg('wave-chart', 'Outcomes by wave', describeBars(bars), height, rows);
}

/** What is there must be seen, however few they are; the others make room for it. */
const SEGMENT_MIN = 3;
const GAP = 1.5;

function segments(counts: OutcomeCounts, start: number, length: number) {
  const present = OUTCOMES.filter(({ key }) => counts[key] > 0);
  const all = sum(present.map(({ key }) => counts[key]));
  const wanted = present.map(({ key }) => Math.max(SEGMENT_MIN, (counts[key] / all) * length));
  const scale = (length - GAP * (present.length - 1)) / sum(wanted);
  return present.map(({ key, label }, i) => ({
    ...{ outcome: key, count: counts[key], title: label },
    x: round(start + sum(wanted.slice(0, i)) * scale + GAP * i),
    width: round((wanted[i] ?? 0) * scale),
  }));
}

function describeBars(bars: readonly WaveBar[]): string {
  return bars
    .map(({ label, counts }) => {
      const told = OUTCOMES.filter(({ key }) => counts[key] > 0).map(
        ({ key, label: words }) => `${number(counts[key])} ${words.toLowerCase()}`,
      );
      return `${label}: ${told.join(', ')}.`;
    })
    .join(' ');
}

export interface ProgressLine {
  readonly outcome: Outcome;
  readonly label: string;
  /** Sorted; milliseconds since the epoch. */
  readonly at: readonly number[];
}

/** Something that happened, marked by a letter. */
export interface Mark {
  readonly letter: string;
  readonly at: number;
  readonly title: string;
}

/** How many people had an outcome at each moment. */
export function progressChart(lines: readonly ProgressLine[], marks: readonly Mark[], timeZone: string): Markup {
  const [left, right, top, bottom, height] = [58, 16, 26, 30, 280];
  const told = lines.filter(({ at }) => at.length > 0);
  const times = [...told.flatMap(({ at }) => [at[0] ?? 0, at.at(-1) ?? 0]), ...marks.map(({ at }) => at)];
  const [from, last] = [Math.min(...times), Math.max(...times)];
  const until = Math.max(last, from + 1_000);
  const ticks = countTicks(Math.max(...told.map(({ at }) => at.length)));
  const most = ticks.at(-1) ?? 1;
  const x = (at: number) => round(left + ((at - from) / (until - from)) * (WIDTH - left - right));
  const y = (count: number) => round(height - bottom - (count / most) * (height - top - bottom));
  const base = y(0);
  const paths = told.map(({ outcome, at }) => {
    const line = stepped(at, until).map(([time, count]) => `${x(time)} ${y(count)}`);
    return html`${
        outcome === 'done'
          ? html`<path class="area-${outcome}" d="M${x(from)} ${base}L${line.join('L')}L${x(until)} ${base}Z" />`
          : null
      }<path class="line-${outcome}" d="M${x(from)} ${base}L${line.join('L')}" />`;
  });
  return svg('progress-chart', 'Progress over time', describeLines(told), height, [
    ...ticks.map(
      (count) =>
        html`<line class="grid" x1="${left}" x2="${WIDTH - right}" y1="${y(count)}" y2="${y(count)}" /><text
            class="quiet"
            x="${left - 10}"
            y="${y(count) + 4.5}"
            text-anchor="end"
            >${number(count)}</text
          >`,
    ),
    ...timeTicks(from, until, timeZone).map(
      ({ at, label }) =>
        html`<line class="axis" x1="${x(at)}" x2="${x(at)}" y1="${base}" y2="${base + 5}" /><text
            class="quiet"
            x="${x(at)}"
            y="${height - 6}"
            text-anchor="${x(at) > WIDTH - 50 ? 'end' : 'middle'}"
            >${label}</text
          >`,
    ),
    ...paths,
    ...marks.map(
      ({ letter, at, title }) =>
        html`<g
          ><title>${title}</title><line class="mark" x1="${x(at)}" x2="${x(at)}" y1="${top - 4}" y2="${base}" /><circle
            class="mark-dot"
            cx="${x(at)}"
            cy="${top - 13}"
            r="10"
          /><text class="mark-letter" x="${x(at)}" y="${top - 8.5}" text-anchor="middle">${letter}</text></g
        >`,
    ),
  ]);
}

const POINTS_MAX = 240;

/** Counts at growing times, no more of them than a screen can show, to the end of the chart. */
function stepped(at: readonly number[], until: number): readonly (readonly [number, number])[] {
  const every = Math.max(1, Math.ceil(at.length / POINTS_MAX));
  const kept = at.flatMap((time, i) => (i % every === 0 || i === at.length - 1 ? [[time, i + 1] as const] : []));
  return kept
    .flatMap(([time, count], i) => [[time, kept[i - 1]?.[1] ?? 0] as const, [time, count] as const])
    .concat([[until, at.length]]);
}

function describeLines(lines: readonly ProgressLine[]): string {
  return lines.map(({ label, at }) => `${label}: ${number(at.length)} in the end.`).join(' ');
}

export interface CauseBar {
  readonly label: string;
  readonly people: number;
  readonly outcome: Outcome;
}

/** One bar a cause, by how many people it concerns. */
export function causeChart(id: string, title: string, bars: readonly CauseBar[]): Markup {
  const [rowHeight, bar, figure] = [46, 14, 70];
  const most = Math.max(...bars.map(({ people }) => people));
  const rows = bars.map(({ label, people, outcome }, i) => {
    const y = i * rowHeight;
    const width = round(Math.max(3, (people / most) * (WIDTH - figure)));
    return html`<g>
      <text x="0" y="${y + 14}">${label}</text>
      <rect class="fill-${outcome}" x="0" y="${y + 22}" width="${width}" height="${bar}" rx="2"
        ><title>${label}: ${number(people)}</title></rect
      >
      <text class="strong" x="${width + 8}" y="${y + 34}">${number(people)}</text>
    </g>`;
  });
  const told = bars.map(({ label, people }) => `${label}: ${number(people)}.`).join(' ');
  return svg(id, title, told, bars.length * rowHeight, rows);
}

/** Colours and their words. */
export function legend(outcomes: readonly Outcome[]): Markup {
  const shown = OUTCOMES.filter(({ key }) => outcomes.includes(key));
  return html`<ul class="legend">
    ${shown.map(
      ({ key, label }) =>
        html`<li>
          <svg viewBox="0 0 12 12" aria-hidden="true"><rect class="fill-${key}" width="12" height="12" rx="2" /></svg
          >${label}
        </li>`,
    )}
  </ul>`;
}

function svg(id: string, title: string, description: string, height: number, content: readonly Markup[]): Markup {
  return html`<svg class="chart" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${id}-title ${id}-text">
    <title id="${id}-title">${title}</title>
    <desc id="${id}-text">${description}</desc>
    ${content}
  </svg>`;
}

const NUMBER = new Intl.NumberFormat('en');

export function number(value: number): string {
  return NUMBER.format(value);
}

/** Never 100 % where somebody is missing, and never 0 % where somebody is. */
export function percent(part: number, all: number): string {
  if (all === 0) return '0 %';
  const exact = (part / all) * 100;
  if (part < all && exact > 99.9) return '> 99.9 %';
  if (part > 0 && exact < 0.1) return '< 0.1 %';
  return `${Number.isInteger(exact) ? exact : exact.toFixed(1)} %`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
