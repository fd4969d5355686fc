/** Leases as rows: what is promised or kept back, and who waits. */
import type { LeaseRow } from '../../client/seat-pools.js';
import { estimateText } from '../../contracts/seat-story.js';
import type { Column, Output } from '../output.js';

/** What people call a lease by: the request, or the lease itself where an operator keeps it. */
export function nameOfLease({ requestId, leaseId, kind }: LeaseRow): string {
  if (requestId === null) return leaseId;
  return kind === 'rollback' ? `rollback of ${requestId}` : requestId;
}

export function waitColumns({ time }: Output): readonly Column<LeaseRow>[] {
  return [
    { title: 'PLACE', cell: ({ position }) => position },
    { title: 'REQUEST', cell: nameOfLease },
    { title: 'FOR', cell: ({ who }) => who },
    { title: 'PRODUCT', cell: ({ product, skuId }) => product ?? skuId },
    { title: 'SEATS', cell: ({ units }) => units },
    { title: 'SINCE', cell: ({ since }) => time(since) },
    { title: 'PROBABLY', cell: ({ estimate }) => (estimate === null ? 'no basis yet' : time(estimate)) },
    { title: 'ENDS', cell: ({ until }) => time(until) },
    { title: 'PRIORITY', cell: ({ priority, standing }) => (standing === 'in-line' ? priority : standing) },
    { title: 'LEASE', cell: ({ leaseId }) => leaseId, wide: true },
    { title: 'SKU ID', cell: ({ skuId }) => skuId, wide: true },
  ];
}

export function leaseColumns({ time }: Output): readonly Column<LeaseRow>[] {
  return [
    { title: 'LEASE', cell: ({ leaseId }) => leaseId },
    { title: 'STATE', cell: ({ state }) => state },
    { title: 'SEATS', cell: ({ units }) => units },
    { title: 'FOR', cell: ({ who }) => who },
    { title: 'SINCE', cell: ({ since }) => time(since) },
    { title: 'ENDS', cell: ({ until }) => time(until) },
    { title: 'REASON', cell: ({ note }) => note?.reason ?? null },
  ];
}

/** "place 3, probably around …": how far a request is in a wait-list. */
export function placeText(lease: LeaseRow, { time }: Output): string {
  return `place ${String(lease.position)} since ${time(lease.since)}, ${estimateText(lease, time)}`;
}
