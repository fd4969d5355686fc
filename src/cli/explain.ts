import type { Command } from 'commander';
import { explanation, headline, rollbackExplanation, rollbackHeadline } from '../contracts/request-story.js';
import { withExamples } from './examples.js';
import { EXIT } from './exit-codes.js';
import type { Bind, Handler } from './invocation.js';
import { nextCommands } from './next-commands.js';
import { parseRequestId } from './option-values.js';

/** `licenseflow explain`: why a request is where it is. */
export function registerExplain(program: Command, bind: Bind): void {
  const command = program
    .command('explain')
    .description('why a request waits: for what, who can act, what happens next and when, what failed')
    .argument('<id>', 'request id', parseRequestId);
  withExamples(command, ['licenseflow explain lr-20260301-k7m3q9', 'licenseflow explain lr-20260301-k7m3q9 --json']);
  bind(command, async () => explain);
}

const explain: Handler<object, [string]> = async ({ session, out }, _options, requestId) => {
  const { requests, seats } = (await session()).licenseflow;
  const view = await requests.view(requestId);
  const rollback = view.state === 'done' || view.state === 'ended' ? await requests.rollbackView(requestId) : null;
  const { placeLine, placesOf } = await import('./seats/places.js');
  const places = await placesOf(view, rollback, { seats });
  const lines = [
    ...explanation(view, out.time),
    ...places.map((place) => `Wait-list: ${placeLine(place, view, out)}.`),
    ...(rollback === null ? [] : [rollbackHeadline(rollback), ...rollbackExplanation(rollback, out.time)]),
  ];
  const next = rollback === null ? nextCommands(view) : [`licenseflow request show ${requestId}`];
  const content = { requestId, state: view.state, headline: headline(view), lines, places, next };
  await out.result('Explanation', content, () => {
    out.line(out.colors.bold(content.headline));
    for (const line of lines) out.line(`  ${line}`);
  });
  out.next(...next);
  return EXIT.ok;
};
