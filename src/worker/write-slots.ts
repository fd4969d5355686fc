/**
 * Activity slots of the queue for licence writes: a slot is given out only when the {@link WritePacer} allows a write.
 *
 * The SDK asks for a slot before it polls, so every started activity is a write that may go out now, and what has to
 * wait stays at the server, where people overtake campaigns (`priorityKey`).
 */
import type { ActivitySlotInfo, CustomSlotSupplier } from '@temporalio/worker';
import type { WritePacer } from '../graph/pacing.js';
import { WritePermit } from '../graph/pacing.js';

/**
 * A slot supplier for `tuner.activityTaskSlotSupplier` of the worker that polls the queue for writes, and of no other
 * worker: each slot is a write.
 *
 * - A slot that was reserved cannot be called back while its poll waits for a task. An activity that starts during a
 *   pause asks {@link WritePacer.pausedForMs} and fails with that delay.
 * - Slots for eager activities are always refused: they would skip the queue, its priorities and its server-side limit.
 */
export function writeSlots(pacer: WritePacer): CustomSlotSupplier<ActivitySlotInfo> {
  return {
    type: 'custom',

    async reserveSlot(_context, abortSignal) {
      const permit = await pacer.reserve(abortSignal);
      // The SDK can give up in the moment between this promise and its own side of it. It then aborts a reservation
      // that was already answered and never releases the permit, which would be lost for good. Once it has taken the
      // permit it never aborts.
      abortSignal.addEventListener('abort', () => pacer.release(permit), { once: true });
      return permit;
    },

    tryReserveSlot: () => null,

    markSlotUsed({ permit }) {
      if (permit instanceof WritePermit) pacer.use(permit);
    },

    releaseSlot({ permit }) {
      if (permit instanceof WritePermit) pacer.release(permit);
    },
  };
}
