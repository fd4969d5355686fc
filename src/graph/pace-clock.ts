import { performance } from 'node:perf_hooks';

/** Time as pacing sees it; a test drives it by hand. */
export interface PaceClock {
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** Calls `then` once after `ms`; the returned function takes it back. */
  after(ms: number, then: () => void): () => void;
}

export const systemClock: PaceClock = {
  now: () => performance.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, ms);
    return () => clearTimeout(timer);
  },
};
