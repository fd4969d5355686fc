import type { Command } from 'commander';
import { withExamples } from './examples.js';
import { EXIT } from './exit-codes.js';
import type { Bind, Handler } from './invocation.js';
import { parsePerson } from './option-values.js';

/** `licenseflow inbox`: what a person can decide now. */
export function registerInbox(program: Command, bind: Bind): void {
  const command = program
    .command('inbox')
    .description('requests that wait for a decision of yours, the most urgent first')
    .requiredOption('--as <user>', 'whose inbox: user principal name or object id', parsePerson);
  withExamples(command, [
    'licenseflow inbox --as MeganB@contoso.com',
    'licenseflow inbox --as MeganB@contoso.com --json',
  ]);
  bind(command, async () => showInbox);
}

const showInbox: Handler<{ readonly as: string }> = async ({ session, out }, { as }) => {
  const { licenseflow } = await session();
  const rows = await licenseflow.inbox(as);
  const { printRows } = await import('./request/list.js');
  await printRows(rows, out);
  const [first] = rows;
  if (first === undefined) out.note(`Nothing waits for a decision of ${as}.`);
  else
    out.next(
      `licenseflow request show ${first.requestId}`,
      `licenseflow request approve ${first.requestId} --as ${as}`,
    );
  return EXIT.ok;
};
