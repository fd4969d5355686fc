export interface NoopActivities {
  callNothing(): Promise<void>;
}

/** One HTTPS call that asks for nothing: what any activity that speaks to Graph pays at least. */
export function createNoopActivities(graphUrl: string): NoopActivities {
  return {
    async callNothing() {
      const answer = await fetch(`${graphUrl}/v1.0/`, { method: 'HEAD' });
      await answer.arrayBuffer();
    },
  };
}
