/** Builds `dist/`: the compiled sources, their data files, and the workflow bundle that production workers load. */
import { spawnSync } from 'node:child_process';
import { cp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { type BundleOptions, bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const ROOT = path.resolve(import.meta.dirname, '..');
const SRC = path.join(ROOT, 'src');
const DIST = path.join(ROOT, 'dist');

function compile(): void {
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.build.json'], { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) throw new Error('The sources do not compile; the errors are listed above.');
}

/** Everything under `src/` that the compiler does not turn into something else. */
async function copyDataFiles(): Promise<void> {
  await cp(SRC, DIST, { recursive: true, filter: (file) => !file.endsWith('.ts') });
}

/** Bundled once here, so that a worker starts without a bundler and all workers run the same code. */
async function bundleWorkflows(file: string, options: Partial<BundleOptions> = {}): Promise<void> {
  const { code } = await bundleWorkflowCode({
    workflowsPath: path.join(DIST, 'workflows/index.js'),
    workflowInterceptorModules: [path.join(DIST, 'workflows/query-guard.js')],
    logger: new DefaultLogger('WARN'),
    ...options,
  });
  await writeFile(path.join(DIST, file), code);
}

await rm(DIST, { recursive: true, force: true });
compile();
await copyDataFiles();
await bundleWorkflows('workflow-bundle.js');
await bundleWorkflows('workflow-bundle-encrypted.js', {
  failureConverterPath: path.join(DIST, 'codec/failure-converter.js'),
});
