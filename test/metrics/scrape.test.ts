import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parse } from 'yaml';
import { newKey } from '../../src/codec/key-text.js';
import { LICENSE_REQUEST } from '../../src/contracts/license-request.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import { dataConverterWith } from '../support/encryption.js';
import { Playground } from '../support/playground.js';
import { testTemporal } from '../support/temporal.js';
import { until } from '../support/until.js';
import { MeasuredWorker } from './measured-worker.js';
import { Client } from '@temporalio/client';

const ROOT = path.resolve(import.meta.dirname, '../..');
const text = (file: string): Promise<string> => readFile(path.join(ROOT, file), 'utf8');

interface Rules {
  readonly groups: { readonly rules: { readonly alert: string; readonly expr: string }[] }[];
}

describe('metrics of a worker', () => {
  let playground: Playground;
  let worker: MeasuredWorker;
  let scrape: string;

  before(async () => {
    playground = await Playground.open();
    const open = await playground.submitted();
    const refused = playground.hire({ restrictedManagement: true });
    await playground.stopWorkers();
    // One that this worker has no key for, so that a workflow task fails.
    const { connection, server } = await testTemporal();
    const dataConverter = await dataConverterWith(newKey(new Date()));
    const stranger = new Client({ connection, namespace: server.namespace, dataConverter });
    const unreadable = await stranger.workflow.start(LICENSE_REQUEST, {
      workflowId: `unreadable-${playground.taskQueue}`,
      taskQueue: playground.taskQueue,
      args: ['nobody can read this'],
    });
    worker = await MeasuredWorker.start(playground);
    await playground.approve(open);
    await playground.licenseflow.requests.wait(open, 60_000);
    await playground.submitted({ subject: refused.userPrincipalName });
    const waiting = 'licenseflow_requests{state="waiting-for-approval"} 1';
    scrape = await until(
      'a scrape that has it all',
      () => worker.scrape(),
      (seen) => seen.includes(waiting) && seen.includes('temporal_workflow_task_execution_failed_total'),
      90_000,
    );
    await unreadable.terminate();
  });
  after(async () => {
    await worker.stop();
    await playground.close();
  });

  const valueOf = (sample: string): number | null => {
    const line = scrape.split('\n').find((candidate) => candidate.startsWith(`${sample} `));
    return line === undefined ? null : Number(line.slice(sample.length + 1));
  };

  it('tell requests, waits, seats and what needs attention', () => {
    assert.equal(valueOf('licenseflow_requests{state="waiting-for-approval"}'), 1);
    assert.equal(valueOf('licenseflow_requests{state="writing"}'), 0);
    const oldest = valueOf('licenseflow_request_oldest_wait_seconds{state="waiting-for-approval"}');
    assert.ok(oldest !== null && oldest > 0 && oldest < 3_600, String(oldest));
    assert.equal(valueOf('licenseflow_request_oldest_wait_seconds{state="waiting-for-seat"}'), 0);
    const bought = valueOf('licenseflow_seats{sku="POWER_BI_PRO",kind="bought"}');
    assert.ok(bought !== null && bought > 0);
    for (const kind of ['request', 'rollback', 'campaign', 'campaign-page', 'seat-pool'])
      assert.equal(valueOf(`licenseflow_needs_attention{kind="${kind}"}`), 0, kind);
    for (const source of ['requests', 'oldest-waits', 'attention', 'campaigns', 'campaign-progress', 'seats'])
      assert.equal(valueOf(`licenseflow_figures_up{source="${source}"}`), 1, source);
  });

  it('tell what this process did with Graph', () => {
    const written = valueOf('licenseflow_graph_calls_total{operation="assignLicense",status="200"}');
    assert.equal(written, 1);
    assert.equal(valueOf('licenseflow_writes_in_flight'), 0);
    assert.ok((valueOf('licenseflow_writes_in_flight_limit') ?? 0) >= 1);
    assert.equal(valueOf('licenseflow_graph_throttled_total'), 0);
  });

  it('name nobody', () => {
    const people = playground.tenant
      .users()
      .flatMap(({ id, displayName, userPrincipalName }) => [...[id, displayName, userPrincipalName]]);
    for (const word of people) assert.ok(!scrape.includes(word), word);
    assert.ok(people.includes(PEOPLE.adele.id));
  });

  it('are those that the dashboard and the alert rules ask for, and each alert is explained', async () => {
    const rules = (parse(await text('deploy/prometheus/alerts.yml')) as Rules).groups.flatMap(({ rules }) => rules);
    const dashboard = JSON.parse(await text('deploy/grafana/licenseflow-dashboard.json')) as object;
    const queries = [...rules.map(({ expr }) => expr), ...expressions(dashboard)];
    const used = new Set(queries.flatMap((query) => query.match(/\b(?:licenseflow|temporal)_\w+/g) ?? []));
    assert.ok(used.size > 15, [...used].join());
    const there = new Set(scrape.match(/^# TYPE \S+/gm)?.map((line) => line.slice('# TYPE '.length)));
    const missing = [...used].filter(
      (name) => !there.has(name) && !there.has(name.replace(/_(?:bucket|sum|count)$/, '')),
    );
    assert.deepEqual(missing, []);
    const docs = await text('docs/metrics.md');
    for (const { alert } of rules) assert.ok(docs.includes(`### ${alert}\n`), `${alert} is not explained`);
    // And the other way round: nothing of ours is left out of the document.
    const ours = [...there].filter(
      (name) => name.startsWith('licenseflow_') && name !== 'licenseflow_writes_in_flight_limit',
    );
    for (const name of ours) assert.ok(docs.includes(`\`${name}\``), `${name} is not in docs/metrics.md`);
  });
});

function* expressions(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value))
    if (typeof inner === 'string') {
      if (key === 'expr' || key === 'query') yield inner;
    } else yield* expressions(inner);
}
