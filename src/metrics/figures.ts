/** Figures that are the same for every worker, read when somebody scrapes and remembered for a while. */
import type { Registry } from 'prom-client';
import { Gauge } from 'prom-client';
import type { Licenseflow } from '../client/index.js';
import type { SubscribedSku } from '../graph/gateway.js';
import { campaignProgress, seatFigures } from './progress.js';
import { remembered } from './remembered.js';
import type { Count } from './visibility.js';
import { needingAttention, oldestWaits, openCampaigns, openRequests } from './visibility.js';

export interface FigureSources {
  readonly count: Count;
  readonly licenseflow: Pick<Licenseflow, 'campaigns' | 'seats'>;
  readonly subscribedSkus: () => Promise<readonly SubscribedSku[]>;
  /** A figure is at most so old; the load does not grow with the number of scrapers. */
  readonly rememberMs: number;
  readonly onError: (source: string, error: unknown) => void;
}

type Labels = Readonly<Record<string, string>>;
type Figures = readonly { readonly labels: Labels; readonly value: number }[];

/** Registers the figures. One that cannot be read is left out of the scrape, and `licenseflow_figures_up` is 0 for its source. */
export function registerFigures(registry: Registry, sources: FigureSources): void {
  const { count, licenseflow, rememberMs } = sources;
  const reads: { readonly source: string; readonly read: () => Promise<Figures> }[] = [];
  const figure = (
    { name, help, labels, source }: { name: string; help: string; labels: readonly string[]; source: string },
    readNow: () => Promise<Figures>,
  ): void => {
    const read = remembered(readNow, rememberMs);
    reads.push({ source, read });
    new Gauge({
      ...{ name, help, labelNames: [...labels], registers: [registry] },
      async collect() {
        this.reset();
        try {
          for (const { labels, value } of await read()) this.set(labels, value);
        } catch (error) {
          sources.onError(source, error);
        }
      },
    });
  };
  new Gauge({
    name: 'licenseflow_figures_up',
    help: 'Whether the figures of this source could be read.',
    labelNames: ['source'],
    registers: [registry],
    async collect() {
      const read = await Promise.all(reads.map(async ({ source, read }) => ({ source, isUp: await succeeds(read) })));
      this.reset();
      // A source is up where all of its figures are.
      for (const { source } of read) this.set({ source }, 1);
      for (const { source, isUp } of read) if (!isUp) this.set({ source }, 0);
    },
  });
  const progress = remembered(() => campaignProgress(licenseflow), rememberMs);

  figure(
    {
      name: 'licenseflow_requests',
      help: 'Open requests by state.',
      labels: ['state'],
      source: 'requests',
    },
    async () => labelled('state', await openRequests(count)),
  );
  figure(
    {
      name: 'licenseflow_request_oldest_wait_seconds',
      help: 'Age of the oldest request in a state that waits for somebody, to within five percent; 0 where nobody waits.',
      labels: ['state'],
      source: 'oldest-waits',
    },
    async () => labelled('state', await oldestWaits(count, Date.now()), 1 / 1_000),
  );
  figure(
    {
      name: 'licenseflow_needs_attention',
      help: 'Requests, rollbacks, campaigns and pools that a person has to look at, kept as long as Temporal keeps them.',
      labels: ['kind'],
      source: 'attention',
    },
    async () => labelled('kind', await needingAttention(count)),
  );
  figure(
    { name: 'licenseflow_campaigns', help: 'Open campaigns by state.', labels: ['state'], source: 'campaigns' },
    async () => labelled('state', await openCampaigns(count)),
  );
  figure(
    {
      name: 'licenseflow_campaign_users',
      help: 'Users of all open campaigns by how far they are.',
      labels: ['state'],
      source: 'campaign-progress',
    },
    async () => labelled('state', (await progress()).users),
  );
  figure(
    {
      name: 'licenseflow_campaign_users_per_second',
      help: 'Users of all open campaigns that get an outcome, a second.',
      labels: [],
      source: 'campaign-progress',
    },
    async () => [{ labels: {}, value: (await progress()).usersPerSecond }],
  );
  figure(
    {
      name: 'licenseflow_campaign_failures',
      help: 'Users of all open campaigns that failed, by code.',
      labels: ['code'],
      source: 'campaign-progress',
    },
    async () => labelled('code', (await progress()).failures),
  );
  figure(
    {
      name: 'licenseflow_seats',
      help: 'Seats by product: bought, free to promise, promised, and how many are waited for.',
      labels: ['sku', 'kind'],
      source: 'seats',
    },
    async () =>
      seatFigures(await sources.subscribedSkus(), await licenseflow.seats.pools()).map(({ sku, kind, seats }) => ({
        labels: { sku, kind },
        value: seats,
      })),
  );
}

function labelled(label: string, counts: Readonly<Partial<Record<string, number>>>, factor = 1): Figures {
  return Object.entries(counts).map(([key, value = 0]) => ({ labels: { [label]: key }, value: value * factor }));
}

async function succeeds(read: () => Promise<unknown>): Promise<boolean> {
  return read().then(
    () => true,
    () => false,
  );
}
