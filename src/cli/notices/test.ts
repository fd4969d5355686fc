import type { ChannelName } from '../../contracts/notice.js';
import { nameOf } from '../../domain/person.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import type { Column } from '../output.js';

export interface NoticeTestOptions {
  readonly to: string;
}

/** What one channel made of it. */
interface Row {
  readonly channel: ChannelName;
  readonly verdict: 'taken' | 'failed';
  readonly reason: string | null;
}

export async function testNotices({ session, out }: Invocation, { to }: NoticeTestOptions): Promise<ExitCode> {
  const { tenant } = (await session()).licenseflow;
  const person = await tenant.person(to);
  const { channels, failed } = await tenant.testNotices(person, `licenseflow notices test --to ${to}`);
  const rows: readonly Row[] = [
    ...channels.map((channel) => ({ channel, verdict: 'taken' as const, reason: null })),
    ...failed.map(({ channel, reason }) => ({ channel, verdict: 'failed' as const, reason })),
  ];
  await out.result('NoticeTest', { to: person, items: rows }, () => out.table(COLUMNS, rows));
  if (failed.length > 0) {
    out.note(`${failed.length} of ${rows.length} channels did not take the test for ${nameOf(person)}.`);
    out.next('licenseflow doctor');
    return EXIT.failed;
  }
  const people = channels.filter((channel) => channel !== 'log');
  out.note(
    people.length === 0
      ? 'The worker has no channel but its log: configure notices.mail, notices.webhook or notices.teams.'
      : `Every channel took it. Whether it arrived, ${nameOf(person)} can see.`,
  );
  return EXIT.ok;
}

const COLUMNS: readonly Column<Row>[] = [
  { title: 'CHANNEL', cell: ({ channel }) => channel },
  { title: 'VERDICT', cell: ({ verdict }) => verdict },
  { title: 'REASON', cell: ({ reason }) => reason },
];
