import { readdir, rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { ChildProcesses } from '../src/embedded/child-processes.js';
import { bundleWorkflows, SHARED_BUNDLE, SHARED_SERVER, startTestServer } from '../test/support/temporal.js';

const ROOT = path.resolve(import.meta.dirname, '..');
/** More processes would only wait for the one server. */
const SHARES_MAX = 2;
const PATIENT = [path.join('test', 'integration') + path.sep, path.join('test', 'audit', 'store-killed.test.ts')];
const ALONE = [path.join('test', 'integration', 'seat-pool.test.ts'), path.join('test', 'console', 'story.test.ts')];

/** The server and the workflow bundle that all processes of one run use. */
export interface SharedParts {
  readonly env: NodeJS.ProcessEnv;
  close(): Promise<void>;
}

/** @param folder is there already; the bundle is put into it. */
export async function startSharedParts(folder: string): Promise<SharedParts> {
  const children = new ChildProcesses(() => undefined);
  const { address } = await startTestServer(children);
  const bundle = path.join(folder, `workflow-bundle-${process.pid}.json`);
  await writeFile(bundle, JSON.stringify(await bundleWorkflows()));
  return {
    env: { [SHARED_SERVER]: address, [SHARED_BUNDLE]: bundle },
    async close() {
      await children.stop();
      await rm(bundle, { force: true });
    },
  };
}

/** Files that run at the same time, each list in a process of its own. */
type Round = readonly (readonly string[])[];

/**
 * All test files. Those that play with kills and chance come after the others, whose deadlines they would put to the test as
 * well; what needs the whole machine (very many people, a browser) comes last and alone. The rest is dealt out like cards,
 * so that each process gets some of every folder.
 */
export async function rounds(): Promise<readonly Round[]> {
  const entries = await readdir(path.join(ROOT, 'test'), { recursive: true });
  const files = entries
    .filter((entry) => entry.endsWith('.test.ts'))
    .sort()
    .map((file) => path.join('test', file))
    .filter((file) => !ALONE.includes(file));
  const isPatient = (file: string) => PATIENT.some((start) => file.startsWith(start));
  return [dealtOut(files.filter((file) => !isPatient(file))), dealtOut(files.filter(isPatient)), [ALONE]];
}

function dealtOut(files: readonly string[]): Round {
  const count = Math.min(SHARES_MAX, availableParallelism());
  return Array.from({ length: count }, (_, share) => files.filter((_file, index) => index % count === share));
}
