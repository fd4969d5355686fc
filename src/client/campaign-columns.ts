/** Columns that an export has beside those of the intake: what became of a user. The intake knows and ignores them. */
export const OUTCOME_COLUMNS = [
  'objectId',
  'name',
  'inWave',
  'state',
  'code',
  'message',
  'remedy',
  'before',
  'after',
  'requestId',
  'restoreRequestId',
  'endedAt',
  'line',
  'page',
] as const;
