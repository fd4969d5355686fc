import type { Logger } from 'pino';
import type { NoticeChannel } from '../activities/index.js';

/** One line a notice: that it happened and whom it concerns, as ids. What it says is not for logs. */
export function logChannel(log: Pick<Logger, 'info'>): NoticeChannel {
  return {
    name: 'log',

    async deliver({ key, kind, to }) {
      log.info({ notice: key, kind, to: to === 'operators' ? to : to.map(({ id }) => id) }, 'Notice');
      return 'taken';
    },

    check: () => Promise.resolve([]),
  };
}
