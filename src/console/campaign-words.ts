/** Campaigns in words and colours, and the frame that their pages share. */
import type { CampaignListRow } from '../client/index.js';
import type { CampaignView, CommandKind, CommandView } from '../contracts/campaign.js';
import { campaignStateText } from '../contracts/campaign-story.js';
import type { CampaignState } from '../domain/campaign.js';
import type { Markup } from '../report/html.js';
import { html } from '../report/html.js';
import { badge, heading, problemNotice } from './parts.js';
import type { Tone } from './parts.js';
import type { Visit } from './visit.js';
import { capital } from './words.js';

const TONES: Readonly<Record<CampaignState, Tone>> = {
  intake: 'open',
  planning: 'open',
  planned: 'wait',
  'awaiting-second': 'wait',
  running: 'open',
  soaking: 'open',
  'awaiting-promotion': 'wait',
  'outside-hours': 'wait',
  pausing: 'wait',
  paused: 'wait',
  cancelling: 'bad',
  'rolling-back': 'open',
  finished: 'good',
  closed: 'quiet',
  refused: 'bad',
  abandoned: 'quiet',
};

export function campaignBadge(state: CampaignListRow['state']): Markup {
  return state === 'terminated'
    ? badge('bad', 'Ended by force in Temporal')
    : badge(TONES[state], capital(campaignStateText(state)));
}

const TABS = [
  ['', 'Progress'],
  ['/plan', 'Plan'],
  ['/errors', 'Errors'],
  ['/users', 'Users'],
] as const;

/** What every page about one campaign begins with. */
export function campaignHead(visit: Visit, view: CampaignView, action: Markup | null = null): Markup {
  const base = `/campaigns/${view.campaignId}`;
  return html`${heading({
      kind: 'Campaign',
      title: view.title === '' ? view.campaignId : view.title,
      badge: html`${campaignBadge(view.state)}${view.needsAttention.length > 0 ? badge('bad', 'Needs attention') : null}`,
      action,
    })}
    <nav class="tabs" aria-label="About this campaign">
      ${TABS.map(([path, words]) => {
        const href = `${base}${path}`;
        return html`<a href="${href}" ${visit.path === href ? html`aria-current="page"` : null}>${words}</a>`;
      })}
    </nav>
    ${problemNotice(visit.problem)}`;
}

export const COMMAND_WORDS: Readonly<Record<CommandKind, string>> = {
  start: 'Start',
  confirm: 'Agree as the second person',
  pause: 'Pause',
  resume: 'Resume',
  promote: 'Let the next wave go',
  tune: 'Change the pace',
  retry: 'Try failed users again',
  cancel: 'Cancel',
  'roll-back': 'Roll back',
  replan: 'Plan again',
};

const STEPS = ['requested', 'draining', 'done'] as const;

/** How far a command is: asked for, waiting for what is in flight, done. */
export function commandSteps({ state }: CommandView): Markup {
  if (state === 'overtaken') return badge('quiet', 'Overtaken by a later one');
  return html`<ol class="steps">
    ${STEPS.map(
      (step) =>
        html`<li class="${step === state ? 'here' : ''}" ${step === state ? html`aria-current="step"` : null}>
          ${capital(step)}
        </li>`,
    )}
  </ol>`;
}
