import type {
  CampaignTimelineEntry,
  CampaignView,
  CommandKind,
  CommandView,
  PauseReason,
} from '../../contracts/campaign.js';
import type { Mark } from '../charts.js';
import { number, progressChart } from '../charts.js';
import type { Figures } from '../figures.js';
import type { Markup } from '../html.js';
import { html } from '../html.js';
import type { TimeWords } from '../times.js';

const MARKED: readonly CommandKind[] = ['pause', 'resume', 'cancel', 'roll-back', 'retry'];
const MARKS_MAX = 12;

/** How many people were changed by when, with what people did meanwhile. */
export function progressSection(
  view: CampaignView,
  { doneAt, restoredAt, troubleAt }: Figures,
  timeZone: string,
  times: TimeWords,
): Markup | null {
  if (doneAt.length + restoredAt.length + troubleAt.length === 0) return null;
  const marks = marksOf(view);
  const lines = [
    { outcome: 'done', label: 'Changed and verified', at: doneAt },
    { outcome: 'restored', label: 'Taken back', at: restoredAt },
    { outcome: 'failed', label: 'Somebody has to look', at: troubleAt },
  ] as const;
  const present = lines.filter(({ at }) => at.length > 0);
  return html`<section>
    <h2>Progress over time</h2>
    <p>How many people had their outcome at each moment.</p>
    <ul class="legend">
      ${present.map(
        ({ outcome, label }) =>
          html`<li>
            <svg class="wide" viewBox="0 0 28 12" aria-hidden="true"><path class="line-${outcome}" d="M0 6H28" /></svg
            >${label}
          </li>`,
      )}
    </ul>
    ${progressChart(present, marks, timeZone)}
    <details>
      <summary>The same as a table</summary>
      <table>
        <thead>
          <tr>
            <th scope="col">Outcome</th>
            <th scope="col" class="n">People</th>
            <th scope="col">First</th>
            <th scope="col">Half of them by</th>
            <th scope="col">Last</th>
          </tr>
        </thead>
        <tbody>
          ${present.map(
            ({ label, at }) =>
              html`<tr>
                <th scope="row">${label}</th>
                <td class="n">${number(at.length)}</td>
                <td>${times(at[0] ?? 0)}</td>
                <td>${times(at[Math.floor((at.length - 1) / 2)] ?? 0)}</td>
                <td>${times(at.at(-1) ?? 0)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </details>
    ${
      marks.length === 0
        ? null
        : html`<h3>What the letters mean</h3>
            <dl class="facts">
              ${marks.map(
                ({ letter, title, at }) =>
                  html`<dt>${letter}</dt>
                    <dd>${title}, ${times(at)}</dd>`,
              )}
            </dl>`
    }
  </section>`;
}

const DID: Readonly<Partial<Record<CommandKind, string>>> = {
  pause: 'Paused',
  resume: 'Resumed',
  cancel: 'Cancelled',
  'roll-back': 'Taken back',
  retry: 'Failed people tried again',
};

function marksOf({ commands, timeline }: CampaignView): readonly Mark[] {
  return [...commands.filter(({ kind }) => MARKED.includes(kind)).map(commanded), ...timeline.flatMap(pausedByItself)]
    .sort((a, b) => a.at - b.at)
    .slice(0, MARKS_MAX)
    .map((event, i) => ({ letter: String.fromCharCode(65 + i), ...event }));
}

type MarkedEvent = Omit<Mark, 'letter'>;

function commanded({ kind, at, by, about, reason }: CommandView): MarkedEvent {
  const title = `${DID[kind] ?? kind}${about === null ? '' : ` (${about})`} by ${by}${reason === null ? '' : `: ${reason}`}`;
  return { at: Date.parse(at), title };
}

/** A pause that nobody commanded. */
function pausedByItself({ at, pause }: CampaignTimelineEntry): readonly MarkedEvent[] {
  if (pause === undefined || pause === 'by-command') return [];
  return [{ at: Date.parse(at), title: PAUSED_BY_ITSELF[pause] }];
}

const PAUSED_BY_ITSELF: Readonly<Record<Exclude<PauseReason['kind'], 'by-command'>, string>> = {
  budget: 'Paused by itself: the failure budget was spent',
  'product-changed': 'Paused by itself: a product had changed since the plan',
  access: 'Paused by itself: the application was not let in',
};
