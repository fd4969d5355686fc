/**
 * How quickly API and console answer with many open requests that all ask one approver: the 95th percentile of each, as a
 * ratio to the bare visibility query for one page of the same list, asked in turn with them; and what pages weigh.
 *
 * Most of the requests are executions that begin in a month and have what visibility knows of a request that waits for its
 * approval. The most urgent ones, which the inbox asks, are real.
 *
 * `npm run bench api -- --requests 10000 --samples 50`
 */
import { randomUUID } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { TypedSearchAttributes } from '@temporalio/common';
import { visibilityQuery } from '../src/client/request-list.js';
import { consolePages } from '../src/console/index.js';
import { LICENSE_REQUEST, licenseRequestWorkflowId } from '../src/contracts/license-request.js';
import {
  LICENSE_APPROVERS,
  LICENSE_DUE_AT,
  LICENSE_REQUESTER,
  LICENSE_SKUS,
  LICENSE_STATE,
  LICENSE_SUBJECT,
} from '../src/contracts/search-attributes.js';
import { PEOPLE } from '../src/simulator/seed/people.js';
import { SKU } from '../src/simulator/seed/sku-ids.js';
import { inParallel } from '../test/integration/in-parallel.js';
import { oneApproval, Playground } from '../test/support/playground.js';
import { stopTestSimulator } from '../test/support/simulator.js';
import { stopTestTemporal, testTemporal } from '../test/support/temporal.js';
import { until } from '../test/support/until.js';
import type { Caller } from '../test/support/web.js';
import { Web } from '../test/support/web.js';
import { numbersOf } from './support/options.js';
import { tableOf } from './support/table.js';

const { requests: [open = 0] = [], samples: [samples = 0] = [] } = numbersOf({ requests: [10_000], samples: [50] });
const REAL = 40;
const PAGE = 50;
const AT_ONCE = 25;
const APPROVER = PEOPLE.megan;
const DAY_MS = 86_400_000;

async function parked(taskQueue: string, count: number): Promise<void> {
  const { client } = await testTemporal();
  const dueAt = new Date(Date.now() + 60 * DAY_MS);
  await inParallel([...Array(count).keys()], AT_ONCE, (n) =>
    client.workflow.start(LICENSE_REQUEST, {
      ...{ workflowId: licenseRequestWorkflowId(`parked-${n}-${randomUUID()}`), taskQueue, startDelay: '30 days' },
      memo: {
        subject: `Colleague ${n} <colleague${n}@contoso.com>`,
        requester: `Colleague ${n} <colleague${n}@contoso.com>`,
        products: '+ Microsoft 365 E3',
        createdAt: new Date().toISOString(),
      },
      typedSearchAttributes: new TypedSearchAttributes([
        { key: LICENSE_STATE, value: 'waiting-for-approval' },
        { key: LICENSE_REQUESTER, value: randomUUID() },
        { key: LICENSE_SUBJECT, value: randomUUID() },
        { key: LICENSE_SKUS, value: [SKU.SPE_E3] },
        { key: LICENSE_APPROVERS, value: [APPROVER.id] },
        { key: LICENSE_DUE_AT, value: dueAt },
      ]),
    }),
  );
}

interface Question {
  readonly name: string;
  readonly ask: () => Promise<unknown>;
}

/** All questions in turn, so that what the machine does meanwhile meets all of them alike; sorted milliseconds of each. */
async function timesOf(questions: readonly Question[]): Promise<ReadonlyMap<string, readonly number[]>> {
  const times = new Map(questions.map(({ name }) => [name, [] as number[]]));
  for (let round = 0; round < samples; round++)
    for (const { name, ask } of questions) {
      const began = performance.now();
      await ask();
      times.get(name)?.push(performance.now() - began);
    }
  for (const each of times.values()) each.sort((a, b) => a - b);
  return times;
}

const at = (times: readonly number[], share: number) => times[Math.ceil(times.length * share) - 1] ?? Number.NaN;

async function answered(caller: Caller, path: string): Promise<void> {
  const { status, text } = await caller.get(path);
  if (status !== 200) throw new Error(`${path} answered ${status}: ${text.slice(0, 300)}`);
}

const playground = await Playground.open({ stages: [{ ...oneApproval, deadlineMs: DAY_MS }], answerWithinMs: 120_000 });
const { licenseflow } = playground;
const web = await Web.open(playground, { pages: [consolePages({ licenseflow })], callsPerMinute: 1_000_000 });
try {
  const { taskQueue } = playground;
  await parked(taskQueue, open - REAL);
  await inParallel([...Array(REAL).keys()], AT_ONCE, () => playground.submitted(playground.wishOf(playground.hire())));
  const { client } = await testTemporal();
  const query = visibilityQuery({ taskQueue }, { approverId: APPROVER.id, open: true });
  await until(
    'all to be listed',
    async () => (await client.workflow.count(query)).count,
    (n) => n >= open,
    120_000,
  );

  const operator = await web.as(PEOPLE.freya);
  const approver = await web.as(APPROVER);
  const browser = web.browser();
  await browser.signIn(APPROVER);
  const operatorsBrowser = web.browser();
  await operatorsBrowser.signIn(PEOPLE.freya);
  const pages = [
    { name: 'console: inbox', browser, path: '/inbox' },
    { name: 'console: all requests', browser: operatorsBrowser, path: '/all-requests' },
    { name: 'console: ask for a licence', browser: operatorsBrowser, path: '/new-request' },
  ];
  const page = async ({ browser: asker, path }: (typeof pages)[number]) => {
    const { status, text } = await asker.send('GET', path);
    if (status !== 200) throw new Error(`${path} answered ${status}`);
    return text;
  };
  const BARE = 'bare visibility query';
  const times = await timesOf([
    {
      name: BARE,
      ask: () =>
        client.workflowService.listWorkflowExecutions({ namespace: client.options.namespace, query, pageSize: PAGE }),
    },
    { name: 'API: list', ask: () => answered(operator, `/requests?approver=${APPROVER.id}&open=true&limit=${PAGE}`) },
    { name: 'API: inbox', ask: () => answered(approver, '/inbox') },
    ...pages.map((each) => ({ name: each.name, ask: () => page(each) })),
  ]);
  const bare = at(times.get(BARE) ?? [], 0.95);
  console.log(`${open} open requests that ask one approver, ${samples} samples each, on a Temporal dev server`);
  console.log(
    tableOf(
      ['answer', 'median ms', 'p95 ms', 'p95 to the bare query'],
      [...times].map(([name, each]) => [
        name,
        at(each, 0.5).toFixed(1),
        at(each, 0.95).toFixed(1),
        (at(each, 0.95) / bare).toFixed(2),
      ]),
    ),
  );
  const first = await page(pages[0] ?? { name: '', browser, path: '/' });
  const assets = [...first.matchAll(/(?:href|src)="(\/[^"]+\.(?:css|js|svg))"/g)].map(([, path = '']) => path);
  const texts = await Promise.all([
    ...pages.map(async (each) => [each.name, await page(each)] as const),
    ...[...new Set(assets)].map(async (path) => [path, (await browser.send('GET', path)).text] as const),
  ]);
  console.log(
    tableOf(
      ['weight', 'KB', 'KB with gzip'],
      texts.map(([name, text]) => [
        name,
        (Buffer.byteLength(text) / 1_024).toFixed(1),
        (gzipSync(text).length / 1_024).toFixed(1),
      ]),
    ),
  );
} finally {
  await web.close();
  await playground.close();
  await stopTestSimulator();
  await stopTestTemporal();
}
