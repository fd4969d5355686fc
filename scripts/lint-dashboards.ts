/**
 * Checks the alert rules with `promtool` and the dashboard with Grafana's `dashboard-linter`. A tool that is not on the
 * PATH is built with Go and kept in `node_modules/.cache`; what could not be had is said, and fails nothing by itself.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '..');
const TOOLS = path.join(ROOT, 'node_modules/.cache/licenseflow-tools');

interface Tool {
  readonly name: string;
  readonly goPackage: string;
  readonly checks: readonly (readonly string[])[];
}

const CHECKED_WITH: readonly Tool[] = [
  {
    name: 'promtool',
    goPackage: 'github.com/prometheus/prometheus/cmd/promtool@v0.311.3',
    checks: [
      ['check', 'rules', 'deploy/prometheus/alerts.yml'],
      ['test', 'rules', 'deploy/prometheus/alerts.test.yml'],
    ],
  },
  {
    name: 'dashboard-linter',
    goPackage: 'github.com/grafana/dashboard-linter@v0.0.0-20260514183524-1be3836b83fb',
    checks: [['lint', '--strict', 'deploy/grafana/licenseflow-dashboard.json']],
  },
];

const missing: string[] = [];
for (const tool of CHECKED_WITH) {
  const program = found(tool) ?? built(tool);
  if (program === null) missing.push(tool.name);
  else for (const args of tool.checks) check(program, args);
}
for (const name of missing)
  console.error(
    `NOT CHECKED with ${name}: it is not on the PATH and could not be built with Go. Install it and try again.`,
  );

function check(program: string, args: readonly string[]): void {
  console.log(`$ ${path.basename(program)} ${args.join(' ')}`);
  const { status } = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit' });
  if (status !== 0) process.exitCode = 1;
}

function found({ name }: Tool): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(path.delimiter), TOOLS];
  return folders.map((folder) => path.join(folder, name)).find((program) => existsSync(program)) ?? null;
}

function built({ name, goPackage }: Tool): string | null {
  console.log(`Building ${name} with Go; the first time takes minutes.`);
  const { status } = spawnSync('go', ['install', goPackage], {
    env: { ...process.env, GOBIN: TOOLS },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0 ? path.join(TOOLS, name) : null;
}
