import { isFailureCode, meaningOf } from '../../domain/failures.js';
import { causeChart, number } from '../charts.js';
import type { Cause, Figures, Troubled } from '../figures.js';
import type { Markup } from '../html.js';
import { html } from '../html.js';
import type { OutcomeCounts } from '../outcomes.js';
import { OUTCOMES, sum, TROUBLE } from '../outcomes.js';
import { waveName } from './waves.js';

/** Causes that are drawn; a table has all. */
const CAUSES_MAX = 8;

/** Who needs somebody to look, and why. */
export function troubleSection(figures: Figures, counts: OutcomeCounts): Markup {
  if (sum(TROUBLE.map((outcome) => counts[outcome])) === 0)
    return html`<section>
      <h2>What went wrong</h2>
      <p>Nothing: nobody failed, nobody's outcome is unknown, and nobody was changed by others meanwhile.</p>
    </section>`;
  const { causes } = figures;
  return html`<section>
    <h2>What went wrong</h2>
    <p>Each of these people is exactly as they were before, unless it says otherwise.</p>
    ${
      causes.length === 0
        ? null
        : html`${causeChart(
              'cause-chart',
              'People by cause',
              causes.slice(0, CAUSES_MAX).map(({ code, people, meaning: label }) => ({
                ...{ label, people },
                outcome: code === 'DRIFT' ? 'drifted' : code === 'OUTCOME_UNKNOWN' ? 'unknown' : 'failed',
              })),
            )}
            <h3>What to do</h3>
            ${causeTable(causes)}`
    }
    ${figures.troubled.length === 0 ? null : peopleTable(figures)}
  </section>`;
}

/** Who was not attempted, because the plan knew a reason. */
export function blockedSection(blocked: readonly Cause[]): Markup | null {
  if (blocked.length === 0) return null;
  return html`<section>
    <h2>Why people were not attempted</h2>
    <p>The plan found a reason beforehand, so nothing was tried and nothing was changed for them.</p>
    ${causeChart(
      'block-chart',
      'People not attempted, by reason',
      blocked.slice(0, CAUSES_MAX).map(({ meaning: label, people }) => ({ label, people, outcome: 'blocked' })),
    )}
    <h3>What to do</h3>
    ${causeTable(blocked)}
  </section>`;
}

function causeTable(causes: readonly Cause[]): Markup {
  return html`<div class="scroll">
    <table>
      <thead>
        <tr>
          <th scope="col" class="n">People</th>
          <th scope="col">Cause</th>
          <th scope="col">What to do</th>
        </tr>
      </thead>
      <tbody>
        ${causes.map(
          ({ code, people, meaning: text, remedy }) =>
            html`<tr>
              <td class="n">${number(people)}</td>
              <td>${text}<br /><small>${code}</small></td>
              <td>${remedy}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function peopleTable({ troubled, more }: Figures): Markup {
  return html`<details ${troubled.length <= 12 ? OPEN : null}>
    <summary>The people</summary>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">Person</th>
            <th scope="col">Wave</th>
            <th scope="col">Outcome</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          ${troubled.map(personRow)}
        </tbody>
      </table>
    </div>
    ${more === 0 ? null : html`<p>and ${number(more)} more; the export of the campaign has all of them.</p>`}
  </details>`;
}

const OPEN = html`open`;

function personRow({ name, user, wave, outcome, code, message, requestId }: Troubled): Markup {
  const support = requestId === null ? null : html`<br /><small>Microsoft's request id ${requestId}</small>`;
  return html`<tr>
    <td>${name}<br /><small>${user}</small></td>
    <td class="nowrap">${wave === null ? '' : waveName(wave)}</td>
    <td>${OUTCOMES.find(({ key }) => key === outcome)?.label ?? outcome}</td>
    <td>${causeWords(code)}${message === null ? null : html`<br /><small>${message}</small>`}${support}</td>
  </tr>`;
}

function causeWords(code: string | null): string {
  if (code === null) return '';
  return isFailureCode(code) ? meaningOf(code).meaning : code;
}
