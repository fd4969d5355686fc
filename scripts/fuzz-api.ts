/**
 * `npm run fuzz-api`: fuzzes the API from its own document. A stack of its own, an operator who is signed in, and
 * schemathesis, which makes calls of all kinds from the schemas. No answer may be a 5xx, none may be other than the document
 * says, and none may show the insides of the server. Options: `--examples N` for each route, `--seed N`.
 *
 * schemathesis is a Python program. It is installed once, with all that it needs, into the user's cache.
 */
import { execFile, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { request } from 'node:https';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { stackPolicy, stackWebCommand, stackWorkerCommand } from '../src/cli/stack-worker-command.js';
import { SEARCH_ATTRIBUTES } from '../src/contracts/search-attributes.js';
import { runInForeground } from '../src/embedded/foreground.js';
import { startStack } from '../src/embedded/stack.js';
import type { Stack } from '../src/embedded/stack.js';
import { ControlClient } from '../src/simulator/control-client.js';
import { WEB_APPLICATION } from '../src/simulator/seed/contoso.js';
import { PEOPLE } from '../src/simulator/seed/people.js';

const VERSION = '4.32.5';
const CACHE = join(
  process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'),
  'licenseflow',
  `schemathesis-${VERSION}`,
);
const PROGRAM = join(CACHE, 'bin', 'schemathesis');

/** What must stand in no answer: stack traces, files of ours, the machines behind. */
const INSIDES =
  /node_modules|\/src\/[\w/-]+\.(?:ts|js)\b|\bat [\w.]+ \([^)]*:\d+:\d+\)|\bE(?:CONN|NOTFOUND|PIPE)[A-Z]*\b/;

const REDIRECT_URI = 'http://localhost/sign-in/callback';

const { values } = parseArgs({
  options: { examples: { type: 'string', default: '25' }, seed: { type: 'string' } },
});

process.exit((await isInstalled()) ? await fuzzInStack() : 2);

/** Whether the program is there, or could be got; why not has been said otherwise. */
async function isInstalled(): Promise<boolean> {
  if (existsSync(PROGRAM)) return true;
  console.log(`Installing schemathesis ${VERSION} into ${CACHE} ...`);
  const run = promisify(execFile);
  try {
    await mkdir(CACHE, { recursive: true });
    await run('python3', ['-m', 'venv', CACHE]);
    await run(join(CACHE, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', `schemathesis==${VERSION}`]);
    return true;
  } catch (error) {
    await rm(CACHE, { recursive: true, force: true });
    console.error(`The API was NOT fuzzed: schemathesis ${VERSION} cannot be installed.`);
    console.error(error instanceof Error ? error.message : String(error));
    console.error('Python 3.10 or newer with venv and pip, and a way to its package index, are needed.');
    return false;
  }
}

async function fuzzInStack(): Promise<number> {
  const faults: string[] = [];
  const end = await runInForeground(
    (name, line) => {
      if (name === 'web' && /"level":"(?:error|fatal)"/.test(line)) faults.push(line);
    },
    async (children) => {
      const stack = await startStack({
        children,
        state: { kind: 'ephemeral' },
        worker: stackWorkerCommand(stackPolicy(undefined, { cwd: process.cwd() }), 'error'),
        web: stackWebCommand('error'),
        searchAttributes: SEARCH_ATTRIBUTES,
        ports: { ui: null },
      });
      return fuzzed(stack);
    },
  );
  for (const line of faults) console.error(`logged: ${line}`);
  if (end.by === 'failure') throw end.error;
  return end.by === 'itself' && faults.length === 0 ? end.value : 1;
}

async function fuzzed(stack: Stack): Promise<number> {
  const { webUrl } = stack;
  if (webUrl === null) throw new Error('The stack serves no API.');
  const folder = await mkdtemp(join(tmpdir(), 'licenseflow-fuzz-'));
  const report = join(folder, 'calls.har');
  try {
    const code = await schemathesis([
      ...['run', `${webUrl}/api/v1/openapi.json`, '--url', webUrl],
      ...['--header', `Authorization: Bearer ${await accessToken(stack, PEOPLE.freya.id)}`],
      ...[
        '--checks',
        'not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance',
      ],
      ...['--max-examples', values.examples, '--phases', 'examples,coverage,fuzzing', '--workers', '2'],
      ...['--request-timeout', '60', '--report', 'har', '--report-har-path', report],
      // A watch has no end of its own; where it begins is tested elsewhere.
      ...['--exclude-path-regex', '/events$', '--suppress-health-check', 'all', '--no-color'],
      ...(values.seed === undefined ? [] : ['--seed', values.seed]),
    ]);
    const shown = existsSync(report) ? INSIDES.exec(await readFile(report, 'utf8')) : null;
    if (shown === null) return code;
    console.error(`An answer shows the insides of the server: ${shown[0]}`);
    return 1;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function schemathesis(args: readonly string[]): Promise<number> {
  const child = spawn(PROGRAM, args, { stdio: ['ignore', 'inherit', 'inherit'] });
  return new Promise((end) => child.once('close', (code) => end(code ?? 1)));
}

// --- an operator who is signed in -------------------------------------------------------------------------------------

async function accessToken({ controlUrl, graphUrl, caFile }: Stack, personId: string): Promise<string> {
  const [tenant] = await new ControlClient(controlUrl).tenants();
  const verifier = randomBytes(32).toString('base64url');
  const asked = new URLSearchParams({
    ...{ client_id: WEB_APPLICATION.appId, redirect_uri: REDIRECT_URI, response_type: 'code', scope: 'openid' },
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  });
  const picked = await fetch(`${controlUrl}/${tenant?.id}/oauth2/v2.0/authorize?${asked.toString()}`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ user: personId }),
  });
  const code = new URL(picked.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const form = new URLSearchParams({
    ...{ grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: REDIRECT_URI },
    ...{ client_id: WEB_APPLICATION.appId, client_secret: WEB_APPLICATION.secrets[0] },
  });
  const ca = await readFile(caFile, 'utf8');
  const answer = await posted(`${graphUrl}/${tenant?.id}/oauth2/v2.0/token`, form.toString(), ca);
  return (JSON.parse(answer) as { readonly access_token: string }).access_token;
}

/** By hand, because `fetch` trusts no authority that it is told of later. */
function posted(url: string, body: string, ca: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const sent = request(url, { method: 'POST', ca, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve(text)).on('error', reject);
    });
    sent.on('error', reject).end(body);
  });
}
