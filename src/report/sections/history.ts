import type { CampaignView } from '../../contracts/campaign.js';
import type { Markup } from '../html.js';
import { html } from '../html.js';
import type { TimeWords } from '../times.js';

/** Who did what when, as the campaign wrote it down. */
export function historySection({ timeline }: CampaignView, times: TimeWords): Markup | null {
  if (timeline.length === 0) return null;
  return html`<section>
    <h2>What happened</h2>
    <div class="scroll">
      <table>
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">What</th>
          </tr>
        </thead>
        <tbody>
          ${timeline.map(
            ({ at, text }) =>
              html`<tr>
                <td class="nowrap">${times(at)}</td>
                <td>${text}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </section>`;
}
