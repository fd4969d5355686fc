/** Lists of requests, with what each waits for. */
import type { RequestRow } from '../client/index.js';
import { isFinal } from '../contracts/license-request.js';
import type { Markup } from '../report/html.js';
import { html } from '../report/html.js';
import type { Column } from './parts.js';
import { badge, table } from './parts.js';
import { rowBadge, shortName } from './request-words.js';
import { ago } from './words.js';

export interface ListedRequest {
  readonly row: RequestRow;
  /** What it waits for, as far as it was asked. */
  readonly note: Markup | null;
}

export interface ListOptions {
  readonly caption: string;
  readonly now: Date;
  /** Whether it says who is licensed and who asked. */
  readonly people: boolean;
}

export function requestTable(requests: readonly ListedRequest[], { caption, now, people }: ListOptions): Markup {
  const columns: readonly Column<ListedRequest>[] = [
    {
      title: 'What',
      cell: ({ row }) =>
        html`<a class="row-link" href="/requests/${row.requestId}">${row.products ?? row.requestId}</a>`,
    },
    ...(people
      ? [
          { title: 'For', cell: ({ row }: ListedRequest) => shortName(row.subject) },
          {
            title: 'Asked by',
            cell: ({ row }: ListedRequest) => (row.requester === row.subject ? 'themselves' : shortName(row.requester)),
          },
        ]
      : [{ title: 'For', cell: ({ row }: ListedRequest) => shortName(row.subject) }]),
    {
      title: 'State',
      cell: ({ row, note }) =>
        html`${rowBadge(row)}${row.needsAttention ? html` ${badge('bad', 'Needs attention')}` : null}${note === null ? null : html`<small class="note">${note}</small>`}`,
    },
    { title: 'Asked', cell: ({ row }) => ago(row.createdAt, now) },
    {
      title: 'Acts by itself',
      cell: ({ row }) =>
        row.dueAt === null || (row.kind === 'request' && isFinal(row.state)) ? null : ago(row.dueAt, now),
    },
  ];
  return table(caption, columns, requests);
}
