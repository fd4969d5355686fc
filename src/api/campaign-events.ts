/** The progress of a campaign as server-sent events. */
import { PassThrough } from 'node:stream';
import { z } from 'zod';
import { LicenseflowError } from '../client/index.js';
import type { CampaignView } from '../contracts/campaign.js';
import { campaignId } from './campaign-schemas.js';
import { toldOf } from './problem.js';
import type { Api, ApiOptions } from './route.js';
import { permitted } from './route.js';
import { anyText } from './schema.js';

/** Proxies end what is silent for longer. */
const HEARTBEAT_MS = 15_000;
/** A browser comes back so long after a stream was cut. */
const COME_BACK_MS = 3_000;
const END = 'end';

/**
 * Events: `status` with the campaign each time it changes, `silence` with a problem while nobody answers, `end` when nothing
 * more happens by itself. A stream that was cut is begun again by the browser and starts with the present status.
 */
export function campaignEvents(api: Api, { licenseflow: { campaigns }, limits }: ApiOptions): void {
  api.get(
    '/campaigns/:id/events',
    {
      config: permitted('readAll'),
      schema: {
        ...{ operationId: 'watchCampaign', tags: ['campaigns'], summary: 'Progress, as server-sent events' },
        description: 'Events: status (the campaign), silence (a problem; it heals by itself), end.',
        params: z.strictObject({ id: campaignId }),
        response: {
          200: { description: 'The events.', content: { 'text/event-stream': { schema: anyText } } },
          204: z.undefined().meta({ description: 'Nothing more happens; do not come back.' }),
        },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      // Answered before the stream begins, so that a campaign which does not exist is said as for every other route.
      const first = await campaigns.view(id);
      if (request.headers['last-event-id'] === END && isOver(first)) return reply.code(204).send();
      const events = new PassThrough();
      const stop = new AbortController();
      const timer = setTimeout(() => stop.abort(), limits.watchMaxMs);
      const heartbeat = setInterval(() => events.write(': still here\n\n'), HEARTBEAT_MS);
      const close = () => stop.abort();
      events.once('close', close);
      request.raw.once('close', close);
      events.write(`retry: ${COME_BACK_MS}\n\n`);
      void streamed(events, () => follow(id, stop.signal, events))
        .catch((error: unknown) => request.log.error({ error, requestId: request.id }, 'A watch broke off.'))
        .finally(() => {
          clearTimeout(timer);
          clearInterval(heartbeat);
          events.end();
        });
      void reply
        .header('cache-control', 'no-store')
        .header('x-accel-buffering', 'no')
        .type('text/event-stream; charset=utf-8');
      return reply.send(events as unknown as string);
    },
  );

  async function follow(id: string, signal: AbortSignal, events: PassThrough): Promise<void> {
    const watch = campaigns.watch(id, {
      everyMs: limits.watchEveryMs,
      signal,
      onSilence: (why) => events.write(eventText('silence', toldOf(why))),
    });
    for await (const view of watch) events.write(eventText('status', view));
    if (!signal.aborted) events.write(`id: ${END}\n${eventText('end', { campaignId: id })}`);
  }
}

async function streamed(events: PassThrough, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof LicenseflowError)) throw error;
    events.write(eventText('silence', toldOf(error)));
  }
}

function isOver({ state }: CampaignView): boolean {
  return state === 'closed' || state === 'refused' || state === 'abandoned' || state === 'finished';
}

function eventText(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
