import type { CampaignView } from '../../contracts/campaign.js';
import type { UserCounts, UserState } from '../../domain/campaign.js';
import { legend, number, waveChart } from '../charts.js';
import type { Markup } from '../html.js';
import { html } from '../html.js';
import { OUTCOMES, outcomesOf, sum } from '../outcomes.js';

/** How each wave came out, as bars and as a table. */
export function wavesSection(view: CampaignView): Markup | null {
  const bars = rowsOf(view).map(({ label, users }) => ({ label, counts: outcomesOf(users) }));
  if (bars.length === 0) return null;
  const present = OUTCOMES.filter(({ key }) => bars.some(({ counts }) => counts[key] > 0));
  return html`<section>
    <h2>Outcomes by wave</h2>
    <p>People were changed in waves, a small one first, so that a mistake would have shown itself early.</p>
    ${legend(present.map(({ key }) => key))} ${waveChart(bars)}
    <details>
      <summary>The same as a table</summary>
      <div class="scroll">
        <table>
          <thead>
            <tr>
              <th scope="col">Wave</th>
              ${present.map(({ label }) => html`<th scope="col" class="n">${label}</th>`)}
              <th scope="col" class="n">All</th>
            </tr>
          </thead>
          <tbody>
            ${bars.map(
              ({ label, counts }) =>
                html`<tr>
                  <th scope="row">${label}</th>
                  ${present.map(({ key }) => html`<td class="n">${number(counts[key])}</td>`)}
                  <td class="n">${number(sum(Object.values(counts)))}</td>
                </tr>`,
            )}
          </tbody>
        </table>
      </div>
    </details>
  </section>`;
}

/** The waves that have people, and those who are in none because there was nothing to change for them. */
function rowsOf({ waves, users }: CampaignView): readonly { readonly label: string; readonly users: UserCounts }[] {
  const named = waves
    .filter((wave) => wave.wave >= 0 && sum(Object.values(wave.users)) > 0)
    .map(({ wave, users: counts }) => ({ label: waveName(wave), users: counts }));
  const outside = Object.entries(users).map(([state, count]) => {
    const inWaves = sum(named.map((wave) => wave.users[state as UserState] ?? 0));
    return [state, Math.max(0, count - inWaves)] as const;
  });
  const rest = Object.fromEntries(outside) as UserCounts;
  return sum(Object.values(rest)) === 0 ? named : [...named, { label: 'In no wave', users: rest }];
}

export function waveName(wave: number): string {
  return wave === 0 ? 'Canary' : `Wave ${String(wave)}`;
}
