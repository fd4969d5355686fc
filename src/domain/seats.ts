/** Seats of one product. */
export interface SeatCount {
  readonly enabled: number;
  /** Units in their grace period; whether they can be assigned is a matter of policy. */
  readonly warning: number;
  readonly consumed: number;
}

/** Units that can be given to people, used or not. Suspended and locked-out units never count. */
export function assignableSeats({ enabled, warning }: SeatCount, countWarningUnits: boolean): number {
  return enabled + (countWarningUnits ? warning : 0);
}

/**
 * Seats that can be given away now. A subscription that consumes more than it has (expired units stay assigned) has none.
 */
export function freeSeats(seats: SeatCount, countWarningUnits: boolean): number {
  return Math.max(0, assignableSeats(seats, countWarningUnits) - seats.consumed);
}
