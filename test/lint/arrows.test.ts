import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { ESLint } from 'eslint';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** The project's own configuration on files that need not exist: only rules that look at one file alone are run. */
const eslint = new ESLint({
  cwd: ROOT,
  overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
  ruleFilter: ({ ruleId }) => ruleId === 'licenseflow/import-arrows' || ruleId === 'no-restricted-syntax',
});

async function complaints(file: string, code: string): Promise<string[]> {
  const results = await eslint.lintText(code, { filePath: path.join(ROOT, file) });
  return results.flatMap((result) => result.messages.map((message) => message.message));
}

async function assertAllowed(file: string, code: string): Promise<void> {
  assert.deepEqual(await complaints(file, code), [], `${file}: ${code}`);
}

async function assertForbidden(file: string, code: string, because: RegExp): Promise<void> {
  const found = await complaints(file, code);
  assert.equal(found.length, 1, `${file}: ${code} -> ${JSON.stringify(found)}`);
  assert.match(found[0] ?? '', because);
}

/** For each folder the others that it may import, said a second time and in full: the test must not read the table. */
const MAY_IMPORT: Record<string, string[]> = {
  domain: [],
  contracts: ['domain'],
  workflows: ['domain', 'contracts'],
  graph: ['domain'],
  activities: ['domain', 'contracts', 'graph'],
  notices: ['domain', 'contracts', 'graph'],
  audit: ['domain', 'contracts'],
  client: ['domain', 'contracts'],
  report: ['domain', 'contracts'],
  codec: [],
  config: [],
  metrics: ['domain', 'contracts', 'client'],
  worker: [
    'domain',
    'contracts',
    'client',
    'workflows',
    'activities',
    'graph',
    'notices',
    'audit',
    'codec',
    'metrics',
    'config',
  ],
  simulator: [],
  embedded: ['worker', 'config', 'simulator'],
  'sign-in': ['domain', 'contracts'],
  api: ['domain', 'contracts', 'client', 'sign-in'],
  console: ['domain', 'contracts', 'client', 'report', 'sign-in'],
  web: ['client', 'codec', 'config', 'sign-in', 'api', 'console'],
  cli: ['domain', 'contracts', 'client', 'report', 'codec', 'config', 'worker', 'embedded', 'web'],
};

const FOLDERS = Object.keys(MAY_IMPORT);

describe('import arrows', () => {
  for (const [from, allowed] of Object.entries(MAY_IMPORT)) {
    for (const to of FOLDERS.filter((folder) => folder !== from)) {
      const code = `import { any } from '../${to}/any.js';`;
      if (allowed.includes(to)) it(`${from} may import ${to}`, () => assertAllowed(`src/${from}/probe.ts`, code));
      else it(`${from} must not import ${to}`, () => assertForbidden(`src/${from}/probe.ts`, code, new RegExp(to)));
    }
  }

  it('lets a folder import the one file of another that is meant for it', async () => {
    await assertAllowed('src/activities/probe.ts', "import { nearMiss } from '../config/near-miss.js';");
    await assertAllowed('src/client/probe.ts', "import { nearMiss } from '../config/near-miss.js';");
    await assertForbidden('src/activities/probe.ts', "import { any } from '../config/config.js';", /src\/config/);
  });

  it('knows every folder of src/', () => {
    const folders = readdirSync(path.join(ROOT, 'src'), { withFileTypes: true }).filter((entry) => entry.isDirectory());
    for (const { name } of folders) assert.ok(FOLDERS.includes(name), `src/${name}/ is missing in this test`);
  });

  it('asks for the arrows of a folder that it does not know', async () => {
    await assertForbidden('src/other/probe.ts', 'export const x = 1;', /src\/other\/ has no arrows yet/);
    await assertForbidden('src/probe.ts', 'export const x = 1;', /has no arrows yet/);
  });

  it('lets a folder import itself, from any depth', async () => {
    await assertAllowed('src/domain/probe.ts', "import { any } from './any.js';");
    await assertAllowed('src/embedded/temporal-cli/probe.ts', "import { any } from '../dev-server.js';");
  });

  it('sees through depth and detours', async () => {
    await assertForbidden('src/domain/a/b/probe.ts', "import { any } from '../../../graph/any.js';", /src\/graph/);
    await assertForbidden('src/domain/probe.ts', "import { any } from './x/../../graph/any.js';", /src\/graph/);
  });

  it('sees every way to import', async () => {
    const file = 'src/domain/probe.ts';
    await assertForbidden(file, "import '../graph/any.js';", /src\/graph/);
    await assertForbidden(file, "import type { Any } from '../graph/any.js';", /src\/graph/);
    await assertForbidden(file, "export { any } from '../graph/any.js';", /src\/graph/);
    await assertForbidden(file, "export * from '../graph/any.js';", /src\/graph/);
    await assertForbidden(file, "export const any = import('../graph/any.js');", /src\/graph/);
    await assertForbidden(file, "export type Any = import('../graph/any.js').Any;", /src\/graph/);
    await assertForbidden(file, 'export const load = (name: string) => import(name);', /computed name/);
  });

  it('keeps src/ apart from tests and scripts', async () => {
    await assertForbidden('src/cli/probe.ts', "import { any } from '../../test/any.js';", /outside/);
  });

  it('leaves tests and scripts free', async () => {
    await assertAllowed('test/any/probe.test.ts', "import { any } from '../../src/graph/any.js';");
    await assertAllowed('scripts/probe.ts', "import { any } from '../src/simulator/any.js';");
  });
});

describe('import cycles', () => {
  it('are reported', async () => {
    const cycles = new ESLint({
      cwd: ROOT,
      ignore: false,
      // The rule needs no types, and to make them takes longer than all the rest.
      overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
      ruleFilter: ({ ruleId }) => ruleId === 'import-x/no-cycle',
    });
    const results = await cycles.lintFiles(['test/fixtures/import-cycle/*.ts']);
    const reports = results.flatMap((result) => result.messages.map((message) => message.ruleId));
    assert.deepEqual(reports, ['import-x/no-cycle', 'import-x/no-cycle']);
  });
});

describe('packages that production does not have', () => {
  it('are forbidden in src/', async () => {
    const installed = new ESLint({
      cwd: ROOT,
      overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
      ruleFilter: ({ ruleId }) => ruleId === 'import-x/no-extraneous-dependencies',
    });
    const code = "import { any } from '@temporalio/testing';";
    const reported = async (file: string) =>
      (await installed.lintText(code, { filePath: path.join(ROOT, file) })).flatMap((result) => result.messages).length;
    assert.equal(await reported('src/worker/probe.ts'), 1);
    assert.equal(await reported('test/worker/probe.ts'), 0);
  });
});

describe('import arrows of types', () => {
  it('show the workflows only the types of activities', async () => {
    const file = 'src/workflows/probe.ts';
    await assertAllowed(file, "import type { Activities } from '../activities/any.js';");
    await assertAllowed(file, "export type { Activities } from '../activities/any.js';");
    await assertForbidden(file, "import { createActivities } from '../activities/any.js';", /only types/);
    // What remains of this one after compilation still loads the file.
    await assertForbidden(file, "import { type Activities } from '../activities/any.js';", /only types/);
  });

  it('show the channels of notices only the types of activities', async () => {
    const file = 'src/notices/probe.ts';
    await assertAllowed(file, "import type { NoticeChannel } from '../activities/any.js';");
    await assertForbidden(file, "import { createActivities } from '../activities/any.js';", /only types/);
  });

  it('show the configuration only the types of domain and graph', async () => {
    const file = 'src/config/probe.ts';
    await assertAllowed(file, "import type { Any } from '../domain/any.js';");
    await assertAllowed(file, "import type { Any } from '../graph/any.js';");
    await assertForbidden(file, "import type { Any } from '../worker/any.js';", /src\/worker/);
  });

  it('show the command line only the control client of the simulator', async () => {
    const file = 'src/cli/probe.ts';
    await assertAllowed(file, "import { ControlClient } from '../simulator/control-client.js';");
    await assertForbidden(
      file,
      "import { startSimulator } from '../simulator/simulator.js';",
      /only control-client\.js/,
    );
  });
});

describe('packages', () => {
  const PACKAGES = ['zod', 'node:fs', 'fs', '@temporalio/client', '@temporalio/activity', '@temporalio/worker'];
  const BUNDLED: Record<string, string[]> = {
    domain: ['@noble/hashes', '@noble/hashes/sha2.js'],
    contracts: ['@temporalio/common', '@temporalio/workflow'],
    workflows: ['@temporalio/common', '@temporalio/workflow'],
  };

  for (const [folder, allowed] of Object.entries(BUNDLED)) {
    it(`${folder} imports ${allowed.join(', ')} and no other`, async () => {
      const file = `src/${folder}/probe.ts`;
      for (const name of allowed) await assertAllowed(file, `import { any } from '${name}';`);
      for (const name of PACKAGES)
        await assertForbidden(file, `import { any } from '${name}';`, /must not import the pack/);
    });
  }

  it('domain does not know Temporal', async () => {
    await assertForbidden('src/domain/probe.ts', "import { any } from '@temporalio/common';", /@temporalio\/common/);
  });

  it('are free where there is I/O', async () => {
    for (const name of PACKAGES) await assertAllowed('src/worker/probe.ts', `import { any } from '${name}';`);
  });
});

describe('state of a sandboxed module', () => {
  for (const folder of ['domain', 'contracts', 'workflows']) {
    const file = `src/${folder}/probe.ts`;

    it(`is forbidden in ${folder}`, async () => {
      await assertForbidden(file, 'let count = 0;', /shared between workflows/);
      await assertForbidden(file, 'export let count = 0;', /shared between workflows/);
      await assertForbidden(file, 'const seen = new Map<string, string>();', /shared state/);
    });

    it(`is told from constants and locals in ${folder}`, async () => {
      await assertAllowed(file, 'export const limit = 40;');
      await assertAllowed(file, "export const names = new Set(['a']);");
      await assertAllowed(
        file,
        'export function sum() { let n = 0; const seen = new Set(); n += seen.size; return n; }',
      );
    });
  }

  it('is allowed in a process of its own', () => assertAllowed('src/worker/probe.ts', 'export let count = 0;'));
});
