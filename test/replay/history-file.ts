/** Golden histories as files: JSON that Temporal's own tools read too, without a trace of where it was recorded. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { temporal } from '@temporalio/proto';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';

type History = temporal.api.history.v1.IHistory;

/** A history as the protocol's JSON has it. Loose, because it is only read by the SDK and by people. */
export interface HistoryJson {
  readonly events: readonly (Readonly<Record<string, unknown>> & {
    readonly eventType: string;
    readonly workflowExecutionStartedEventAttributes?: { readonly workflowId: string };
  })[];
}

const FOLDER = path.join(import.meta.dirname, 'histories');
/** Where a process or a program ran, which no replay looks at: identities, build ids and stack traces. */
const PLACES: ReadonlySet<string> = new Set([
  'identity',
  'stackTrace',
  'buildId',
  'binaryChecksum',
  'workerInstanceKey',
]);

export async function historyNames(): Promise<string[]> {
  const files = await readdir(FOLDER);
  return files
    .filter((file) => file.endsWith('.json'))
    .map((file) => path.basename(file, '.json'))
    .sort();
}

export async function readHistory(name: string): Promise<HistoryJson> {
  return JSON.parse(await readFile(fileOf(name), 'utf8')) as HistoryJson;
}

export async function writeHistory(name: string, history: History): Promise<void> {
  const json = JSON.parse(historyToJSON(history)) as unknown;
  await writeFile(fileOf(name), `${JSON.stringify(placeless(json), null, 1)}\n`);
}

export async function removeHistory(name: string): Promise<void> {
  await rm(fileOf(name));
}

/** The id of the workflow that a history is of; it is part of the history. */
export function workflowIdOf({ events }: HistoryJson): string {
  const id = events[0]?.workflowExecutionStartedEventAttributes?.workflowId;
  if (id === undefined) throw new Error('The history does not begin with the start of a workflow.');
  return id;
}

/** The same JSON without {@link PLACES}; the name of a worker's own (sticky) queue is its identity. */
function placeless(value: unknown, key = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => placeless(item));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, placeless(inner, name)]));
  if (PLACES.has(key)) return '';
  return key === 'name' && typeof value === 'string' ? value.replace(/^\d+@.*/, 'sticky') : value;
}

function fileOf(name: string): string {
  return path.join(FOLDER, `${name}.json`);
}
