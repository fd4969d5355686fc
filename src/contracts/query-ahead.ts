/** Why a query was failed that would have run its workflow ahead of its tasks; asked again, it is answered. */
export const QUERY_AHEAD = 'The workflow has news that it has not worked on yet: ask again.';
