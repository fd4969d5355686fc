import type { Flags } from '../config/given-settings.js';
import type { GlobalOptions } from './invocation.js';

/** The options that say which Temporal is meant, as settings. */
export function placeFlags({ profile, address, namespace, taskQueue }: GlobalOptions): Flags {
  return {
    'temporal.profile': profile,
    'temporal.address': address,
    'temporal.namespace': namespace,
    'temporal.taskQueue': taskQueue,
  };
}
