/** Why a query was failed that would have run its workflow ahead of its tasks; asked again, it is answered. */
export const QUERY_AHEAD = 'The workflow has news that it has not worked on yet: ask again.';

/**
 * Argument of a query to a workflow that has ended. What such a workflow has not worked on it never will, and no task
 * comes after the query that it could mislead.
 */
export const OF_ENDED = 'ended';
