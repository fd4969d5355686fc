import type { Markup } from '../html.js';
import { html } from '../html.js';
import type { Outcome, OutcomeCounts } from '../outcomes.js';
import { OUTCOMES } from '../outcomes.js';

const MEANING: Readonly<Record<Outcome, string>> = {
  done: 'The licences were changed, and a later read of the directory showed it.',
  already: 'Everything was as wanted before, so nothing was written.',
  restored: 'Was changed, and then put back exactly to what was there before, services switched off included.',
  failed: 'Microsoft refused the change (or its way back) for good. The cause is listed with what to do.',
  unknown: 'The change may or may not have been made, and no read could settle it. Somebody has to look.',
  drifted:
    'Somebody else changed these licences meanwhile. They were left alone, so that nobody\u2019s work is undone.',
  blocked: 'The plan knew a reason beforehand that speaks against the change. Nothing was tried.',
  skipped: 'The campaign was cancelled before it was their turn. Nothing was tried.',
  seat: 'No seat of the product is free for them yet. They are served when one is.',
  open: 'Their turn has not come, or their change is under way.',
};

/** The words of the outcomes that occur. */
export function wordsSection(counts: OutcomeCounts): Markup {
  return html`<section>
    <h2>What the words mean</h2>
    <dl class="facts">
      ${OUTCOMES.filter(({ key }) => counts[key] > 0).map(
        ({ key, label }) =>
          html`<dt>${label}</dt>
            <dd>${MEANING[key]}</dd>`,
      )}
    </dl>
  </section>`;
}
