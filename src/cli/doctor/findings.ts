/** The checks of `doctor`: what this machine sees of Temporal, then what a worker sees of the tenant. */
import { LicenseflowError } from '../../client/licenseflow-error.js';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.js';
import { writeQueueOf } from '../../contracts/task-queues.js';
import type { Finding } from '../../contracts/tenant.js';
import type { Session } from '../invocation.js';
import type { TemporalServer } from '../temporal-server.js';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** A worker that has nothing to do asks again after at most a minute. */
const POLL_AGE_MS_MAX = 2 * MINUTE_MS;
const CLOCK_SKEW_MS_MAX = MINUTE_MS;

/** Never throws what a check runs into: it becomes a finding. */
export async function findings(open: () => Promise<Session>, rollbackWindowMs: number): Promise<readonly Finding[]> {
  const connecting = await checked('Temporal', async () => {
    const { server, place } = await open();
    const version = await server.version();
    const { address, namespace, source } = place;
    return [ok('Temporal', `Version ${version} answers at ${address}, namespace ${namespace} (by ${source}).`)];
  });
  if (connecting.some(({ verdict }) => verdict === 'failed')) return connecting;
  const session = await open();
  const { server, licenseflow, place, encryptionKeys } = session;
  const found = [
    ...connecting,
    ...(await checked('Namespace', () => namespaceFindings(server, place.namespace, rollbackWindowMs))),
    ...(await checked('Search attributes', () => attributeFindings(server))),
    encryptionFinding(encryptionKeys),
  ];
  const tenant = await checked('Worker', async () => [
    ok('Worker', 'A worker answers.'),
    ...(await licenseflow.tenant.check()),
  ]);
  const answered = tenant.some(({ check, verdict }) => check === 'Worker' && verdict === 'ok');
  // After the worker's answer: then its last poll was a moment ago, by the server's clock.
  const queues = await checked('Task queues', () => queueFindings(server, place.taskQueue, answered));
  return [...found, ...queues, ...tenant];
}

async function namespaceFindings(
  server: TemporalServer,
  name: string,
  rollbackWindowMs: number,
): Promise<readonly Finding[]> {
  const namespace = await server.namespace();
  if (namespace === null)
    return [
      failed('Namespace', `Temporal has no namespace ${name}.`, 'Create it: licenseflow setup --create-namespace'),
    ];
  const { retentionMs } = namespace;
  if (retentionMs === null)
    return [warning('Retention', 'The server does not say how long it keeps ended requests.', null)];
  const kept = `Ended requests are kept for ${days(retentionMs)}`;
  return retentionMs >= rollbackWindowMs
    ? [ok('Retention', `${kept}, and can be rolled back as long.`)]
    : [
        warning(
          'Retention',
          `${kept}, which is shorter than the rollback window of ${days(rollbackWindowMs)}: later they cannot be rolled back.`,
          `Raise it: temporal operator namespace update --namespace ${name} --retention ${days(rollbackWindowMs).replace(/ days?/u, 'd')}`,
        ),
      ];
}

async function attributeFindings(server: TemporalServer): Promise<readonly Finding[]> {
  const registered = await server.searchAttributes();
  const missing = SEARCH_ATTRIBUTES.filter(({ name }) => !registered.has(name)).map(({ name }) => name);
  const wrong = SEARCH_ATTRIBUTES.filter(({ name, type }) => registered.has(name) && registered.get(name) !== type);
  if (missing.length + wrong.length === 0)
    return [ok('Search attributes', `All ${SEARCH_ATTRIBUTES.length} are registered.`)];
  return [
    ...(missing.length === 0
      ? []
      : [failed('Search attributes', `Not registered: ${missing.join(', ')}.`, 'Register them: licenseflow setup')]),
    ...wrong.map(({ name, type }) =>
      failed(
        'Search attributes',
        `${name} has type ${registered.get(name) ?? 'unknown'}, and ${type} is needed.`,
        'Use a namespace of its own for licenseflow, or remove the attribute there if nothing else uses it.',
      ),
    ),
  ];
}

/** Of this machine; with other keys than the workers it could not read their answers. */
function encryptionFinding(keys: readonly string[] | null): Finding {
  const check = 'Encryption';
  if (keys === null)
    return ok(check, 'Off: whoever may read this namespace in Temporal reads names, addresses and reasons there.');
  const [current = '', ...others] = keys;
  const also = others.length === 0 ? '' : `; ${others.join(', ')} can still be read`;
  return ok(check, `Payloads are encrypted with key ${current}${also}.`);
}

async function queueFindings(
  server: TemporalServer,
  taskQueue: string,
  workerAnswered: boolean,
): Promise<readonly Finding[]> {
  const [workflows, reads, writes] = await Promise.all([
    server.lastPoll(taskQueue, 'workflow'),
    server.lastPoll(taskQueue, 'activity'),
    server.lastPoll(writeQueueOf(taskQueue), 'activity'),
  ]);
  return [
    pollFinding('Workflows', taskQueue, workflows, workerAnswered),
    pollFinding('Directory reads', taskQueue, reads, workerAnswered),
    pollFinding('Licence writes', writeQueueOf(taskQueue), writes, false),
    ...(workerAnswered && workflows !== null ? [clockFinding(workflows)] : []),
  ];
}

function pollFinding(what: string, queue: string, last: Date | null, provenAlive: boolean): Finding {
  const alive = last !== null && (provenAlive || Date.now() - last.getTime() <= POLL_AGE_MS_MAX);
  return alive
    ? ok(what, `A worker takes them from task queue ${queue}.`)
    : failed(what, `No worker takes them from task queue ${queue}.`, 'Start one: licenseflow worker');
}

/** `last` is from the server's clock, of a poll that was made a moment ago. */
function clockFinding(last: Date): Finding {
  const skewMs = Date.now() - last.getTime();
  return Math.abs(skewMs) <= CLOCK_SKEW_MS_MAX
    ? ok('Clock of this machine', 'Within a minute of Temporal.')
    : warning(
        'Clock of this machine',
        `Off by about ${Math.round(skewMs / 1000)} s against Temporal; the times that commands show are off as much.`,
        'Synchronise the clock (NTP).',
      );
}

async function checked(check: string, look: () => Promise<readonly Finding[]>): Promise<readonly Finding[]> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof LicenseflowError) return [failed(check, error.message, error.remedy)];
    // A wrong configuration is a finding as well, and its message says what to do.
    if (error instanceof Error && error.name === 'ConfigError') return [failed(check, error.message, null)];
    throw error;
  }
}

function days(ms: number): string {
  const count = Math.round((ms / DAY_MS) * 10) / 10;
  return `${count} ${count === 1 ? 'day' : 'days'}`;
}

function ok(check: string, text: string): Finding {
  return { check, verdict: 'ok', text, remedy: null };
}

function warning(check: string, text: string, remedy: string | null): Finding {
  return { check, verdict: 'warning', text, remedy };
}

function failed(check: string, text: string, remedy: string | null): Finding {
  return { check, verdict: 'failed', text, remedy };
}
