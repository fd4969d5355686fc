import { applyGroupLicenses } from './group-licensing.js';
import type { GroupRecord, LicenseProcessing } from './group-record.js';
import type { LicensingContext } from './license-assignment.js';

/**
 * Carries the licences of groups to their members in the background, as the service does: a change is queued, then in
 * progress, then complete, and a change in the middle starts it anew.
 */
export class GroupFanOut {
  private readonly timers = new Map<string, NodeJS.Timeout>();
  private waiting: (() => void)[] = [];

  constructor(
    private readonly licensing: () => LicensingContext,
    private readonly changed: () => void,
  ) {}

  /** Starts on what a group assigns now. */
  queue(groupId: string): void {
    this.setState(groupId, 'QueuedForProcessing');
    this.resume(groupId);
  }

  /** Goes on with a group whose fan-out was cut off by the end of the simulator. */
  resume(groupId: string): void {
    this.later(groupId, () => {
      this.setState(groupId, 'ProcessingInProgress');
      this.later(groupId, () => this.finish(groupId));
    });
  }

  /** Resolves when no licences are on their way. */
  async settled(): Promise<void> {
    if (this.timers.size > 0) await new Promise<void>((resolve) => this.waiting.push(resolve));
  }

  close(): void {
    for (const timer of this.timers.values()) clearTimeout(timer);
    this.timers.clear();
    this.release();
  }

  private later(groupId: string, step: () => void): void {
    clearTimeout(this.timers.get(groupId));
    this.timers.set(groupId, setTimeout(step, this.licensing().options.groupProcessingMs));
  }

  private finish(groupId: string): void {
    const group = this.group(groupId);
    const context = this.licensing();
    const members = new Set(group.memberIds);
    for (const user of [...context.directory.users()]) {
      const concerned = members.has(user.id) || user.licensePaths.some((path) => path.assignedByGroup === groupId);
      if (concerned && user.deletedDateTime === null) {
        applyGroupLicenses(context, user, group, { by: 'group', groupId });
      }
    }
    this.timers.delete(groupId);
    this.setState(groupId, 'ProcessingComplete');
    if (this.timers.size === 0) this.release();
  }

  private setState(groupId: string, licenseProcessing: LicenseProcessing): void {
    this.licensing().directory.putGroup({ ...this.group(groupId), licenseProcessing });
    this.changed();
  }

  private group(groupId: string): GroupRecord {
    const group = this.licensing().directory.group(groupId);
    if (!group) throw new Error(`There is no group ${groupId}.`);
    return group;
  }

  private release(): void {
    const waiting = this.waiting;
    this.waiting = [];
    for (const resolve of waiting) resolve();
  }
}
