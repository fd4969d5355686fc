import type { Command } from 'commander';
import type { InboxItem } from '../client/inbox.js';
import { withExamples } from './examples.js';
import { EXIT } from './exit-codes.js';
import type { Bind, Handler } from './invocation.js';
import { parseCount, parsePerson } from './option-values.js';
import type { Column, Output } from './output.js';

interface InboxOptions {
  readonly as: string;
  readonly limit: number;
}

/** `licenseflow inbox`: what a person can decide now. */
export function registerInbox(program: Command, bind: Bind): void {
  const command = program
    .command('inbox')
    .description('requests that wait for a decision of yours, the oldest deadline first')
    .requiredOption('--as <user>', 'whose inbox: user principal name or object id', parsePerson)
    .option('--limit <n>', 'at most so many', parseCount, 50);
  withExamples(command, [
    'licenseflow inbox --as MeganB@contoso.com',
    'licenseflow inbox --as MeganB@contoso.com --json',
  ]);
  bind(command, async () => showInbox);
}

const showInbox: Handler<InboxOptions> = async ({ session, out }, { as, limit }) => {
  const { licenseflow } = await session();
  // One more, which tells whether there are more.
  const found = await licenseflow.inbox(as, limit + 1);
  const items = found.slice(0, limit);
  await out.result('RequestList', { items }, async () => {
    if (items.length > 0 || out.isPiped) await out.table(columns(out), items);
  });
  const [first] = items;
  if (first === undefined) out.note(`Nothing waits for a decision of ${as}.`);
  else
    out.next(
      `licenseflow request show ${first.requestId}`,
      `licenseflow request approve ${first.requestId} --as ${as}`,
    );
  if (found.length > limit) out.note(`Only the most urgent ${limit} are shown; --limit shows more.`);
  return EXIT.ok;
};

function columns({ time }: Output): readonly Column<InboxItem>[] {
  const instant = (iso: string | null): string | null => (iso === null ? null : time(iso));
  return [
    { title: 'REQUEST', cell: ({ requestId }) => requestId },
    { title: 'FOR', cell: ({ subject }) => subject },
    { title: 'PRODUCTS', cell: ({ products }) => products },
    { title: 'ASKED BY', cell: ({ requester }) => requester },
    { title: 'STAGE', cell: ({ stage }) => stage },
    { title: 'DUE', cell: ({ dueAt }) => instant(dueAt) },
    { title: 'SINCE', cell: ({ since, createdAt }) => instant(since ?? createdAt) },
    { title: 'EXTENSION UNTIL', cell: ({ extension }) => instant(extension?.until ?? null) },
  ];
}
