/** `npm run bench`: runs all benchmarks, or those that the arguments name (`npm run bench request-latency`). */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { runTrusting } from './trusting-process.js';

async function benchmarks(): Promise<string[]> {
  const entries = await readdir(path.resolve(import.meta.dirname, '../bench'));
  return entries.filter((entry) => entry.endsWith('.ts')).map((entry) => entry.slice(0, -'.ts'.length));
}

const named = process.argv.slice(2);
for (const name of named.length > 0 ? named : await benchmarks()) {
  const code = await runTrusting(`bench/${name}.ts`);
  if (code !== 0) process.exitCode = code;
}
