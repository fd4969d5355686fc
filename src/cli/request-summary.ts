/** The state of a request in a few lines: what every command says after it has changed something. */
import type { RequestView } from '../contracts/license-request.js';
import { explanation, headline } from '../contracts/request-story.js';
import type { Cell, Output } from './output.js';
import type { LicenseflowCalls } from './invocation.js';
import { nextCommands } from './next-commands.js';

export function summaryFields(view: RequestView, out: Output): readonly (readonly [string, Cell])[] {
  return [
    ['Request', view.requestId],
    ['Summary', headline(view)],
    ...explanation(view, out.time).map((line) => ['Now', line] as const),
  ];
}

export async function printSummary(view: RequestView, out: Output): Promise<void> {
  await out.result('Request', view, () => out.fields(summaryFields(view, out)));
  out.next(...nextCommands(view));
}

/**
 * The state after a command. It is asked for anew, because the answer of a command shows the request in the moment in
 * which the command counted, and what follows from it happens right after.
 */
export async function printCurrent(
  requests: Pick<LicenseflowCalls['requests'], 'view'>,
  requestId: string,
  out: Output,
): Promise<void> {
  await printSummary(await requests.view(requestId), out);
}
