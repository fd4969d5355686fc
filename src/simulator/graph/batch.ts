/** JSON batching: up to twenty calls in one, each answered, billed and failing on its own. */
import { z } from 'zod';
import { GraphError } from '../graph-error.js';
import { seededRandom, shuffled } from '../random.js';
import type { TenantOptions } from '../tenant-options.js';
import { parseUrl, type GraphCall, type GraphOutcome, type GraphReply } from './graph-call.js';
import { json } from './operation.js';

const HIGHEST_COUNT = 20;

const BatchBody = z.object({
  requests: z.array(
    z.object({
      id: z.string().min(1),
      method: z.enum(['GET', 'POST', 'PATCH', 'PUT', 'DELETE']),
      url: z.string(),
      headers: z.record(z.string(), z.string()).optional(),
      body: z.unknown().optional(),
      dependsOn: z.array(z.string()).optional(),
    }),
  ),
});
type BatchItem = z.infer<typeof BatchBody>['requests'][number];

interface ItemResponse {
  readonly id: string;
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

interface BatchContext {
  readonly answer: (call: GraphCall) => Promise<GraphOutcome>;
  readonly options: TenantOptions;
  /** Decides the order of the answers. */
  readonly seed: string;
}

/**
 * Answers a batch. An item whose connection is cut cuts the connection of the whole batch, after all items have run.
 *
 * @throws GraphError 400 where the batch itself is malformed; then none of its items was run.
 */
export async function answerBatch(call: GraphCall, context: BatchContext): Promise<GraphReply | 'cut'> {
  const items = readBatch(call.body);
  const running = new Map<string, Promise<ItemResponse | 'cut'>>();
  const run = (item: BatchItem): Promise<ItemResponse | 'cut'> => {
    const known = running.get(key(item.id));
    if (known) return known;
    const started = runItem(item, call, context, async () => {
      const needed = await Promise.all(itemsNamed(items, item.dependsOn ?? []).map(run));
      return needed.every((response) => response !== 'cut' && response.status < 400);
    });
    running.set(key(item.id), started);
    return started;
  };
  const responses = await Promise.all(items.map(run));
  const answered = responses.filter((response) => response !== 'cut');
  if (answered.length < responses.length) return 'cut';
  const inOrder = context.options.batchOrder === 'shuffled' ? shuffled(answered, seededRandom(context.seed)) : answered;
  return json({ responses: inOrder });
}

function readBatch(body: unknown): BatchItem[] {
  const parsed = BatchBody.safeParse(body);
  if (!parsed.success) throw invalidBatch('Invalid batch payload format.');
  const items = parsed.data.requests;
  if (items.length === 0) throw invalidBatch('Invalid batch payload format.');
  if (items.length > HIGHEST_COUNT) {
    throw invalidBatch(`Number of batch request steps exceeds the maximum value of ${HIGHEST_COUNT}.`);
  }
  if (new Set(items.map(({ id }) => key(id))).size < items.length) {
    throw invalidBatch('Request Id values must be unique and are not case-sensitive.');
  }
  for (const item of items) {
    if (
      itemsNamed(items, item.dependsOn ?? []).length < (item.dependsOn ?? []).length ||
      dependsOnItself(items, item)
    ) {
      throw invalidBatch(
        `The dependsOn of request ${item.id} does not name requests of this batch that come before it.`,
      );
    }
  }
  return items;
}

function dependsOnItself(items: readonly BatchItem[], item: BatchItem): boolean {
  const reached = new Set<string>();
  const open = [...(item.dependsOn ?? [])];
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (key(id) === key(item.id)) return true;
    if (reached.has(key(id))) continue;
    reached.add(key(id));
    open.push(...itemsNamed(items, [id]).flatMap(({ dependsOn }) => dependsOn ?? []));
  }
  return false;
}

async function runItem(
  item: BatchItem,
  batch: GraphCall,
  { answer }: BatchContext,
  dependenciesSucceeded: () => Promise<boolean>,
): Promise<ItemResponse | 'cut'> {
  if (!(await dependenciesSucceeded())) return failed(item, 424, 'Failed Dependency');
  const headers = Object.fromEntries(
    Object.entries(item.headers ?? {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  if (item.body !== undefined && headers['content-type'] === undefined) {
    return failed(item, 400, 'Write request id : ' + item.id + ' does not contain Content-Type header or body.');
  }
  const outcome = await answer({
    method: item.method,
    url: item.url,
    ...parseUrl(item.url),
    headers: { ...headers, authorization: batch.headers['authorization'] },
    body: item.body,
    root: batch.root,
    batchRequestId: null,
  });
  return outcome.kind === 'cut' ? 'cut' : itemResponse(item.id, outcome.reply);
}

function itemResponse(id: string, { status, headers, body }: GraphReply): ItemResponse {
  const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [headerName(name), value]));
  switch (body.kind) {
    case 'none':
      return { id, status, headers: named };
    case 'json':
      return { id, status, headers: { ...named, 'Content-Type': 'application/json' }, body: body.json };
    case 'html':
      // A body that is no JSON is carried as base64url text.
      return {
        id,
        status,
        headers: { ...named, 'Content-Type': 'text/html' },
        body: Buffer.from(body.html).toString('base64url'),
      };
    case 'empty-json':
      return { id, status, headers: { ...named, 'Content-Type': 'application/json' } };
  }
}

/** Items carry this header with capitals, as the batching page shows it. */
function headerName(name: string): string {
  return name === 'retry-after' ? 'Retry-After' : name;
}

function failed({ id }: BatchItem, status: number, message: string): ItemResponse {
  const code = status === 424 ? 'FailedDependency' : 'BadRequest';
  return { id, status, headers: { 'Content-Type': 'application/json' }, body: { error: { code, message } } };
}

function itemsNamed(items: readonly BatchItem[], ids: readonly string[]): BatchItem[] {
  const wanted = new Set(ids.map(key));
  return items.filter(({ id }) => wanted.has(key(id)));
}

function key(id: string): string {
  return id.toLowerCase();
}

function invalidBatch(message: string): GraphError {
  return new GraphError(400, 'BadRequest', message);
}
