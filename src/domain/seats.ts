/** Seats of one product. */
export interface SeatCount {
  readonly enabled: number;
  /** Units in their grace period; whether they can be assigned is a matter of policy. */
  readonly warning: number;
  readonly consumed: number;
}

/**
 * Seats that can be given away now. Suspended and locked-out units never count, and a subscription that consumes more
 * than it has (expired units stay assigned) has none.
 */
export function freeSeats(seats: SeatCount, countWarningUnits: boolean): number {
  const assignable = seats.enabled + (countWarningUnits ? seats.warning : 0);
  return Math.max(0, assignable - seats.consumed);
}
