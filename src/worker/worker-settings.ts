import type { Config } from '../config/config-schema.js';

/** The part of the configuration that concerns the workers themselves. */
export interface WorkerSettings {
  readonly temporal: Pick<Config['temporal'], 'taskQueue'>;
  readonly graph: Pick<Config['graph'], 'writeShare'>;
  readonly worker: Config['worker'];
}
