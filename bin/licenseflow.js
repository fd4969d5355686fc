#!/usr/bin/env node
// Plain JavaScript without a build: the one file that every Node, however old, must be able to read.
import { existsSync } from 'node:fs';

const source = new URL('../src/cli/main.ts', import.meta.url);
const built = new URL('../dist/cli/main.js', import.meta.url);

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(
    `licenseflow needs Node 20.19 or newer, and this is Node ${process.versions.node}. Install a newer Node and try again.`,
  );
} else if (existsSync(source)) {
  await runSource();
} else if (existsSync(built)) {
  await import(built.href);
} else {
  fail(
    'licenseflow is not built: this package has no dist/. Run `npm run build` in the checkout it came from, and install it again.',
  );
}

/** In a checkout the sources run as they are, so that no build can be out of date. */
async function runSource() {
  const tsx = await import('tsx/esm/api').catch((error) => {
    if (error.code === 'ERR_MODULE_NOT_FOUND') return undefined;
    throw error;
  });
  if (!tsx) return fail('licenseflow has no dependencies yet in this checkout. Run `npm ci`, then try again.');
  tsx.register();
  await import(source.href);
}

function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exitCode = 1;
}
