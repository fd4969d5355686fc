/**
 * `npm run bench`: runs all benchmarks, or those that the arguments name (`npm run bench request-latency`). What begins
 * with the first option is passed on to them: `npm run bench campaign -- --users 5000`.
 */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { runTrusting } from './trusting-process.js';

async function benchmarks(): Promise<string[]> {
  const entries = await readdir(path.resolve(import.meta.dirname, '../bench'));
  return entries.filter((entry) => entry.endsWith('.ts')).map((entry) => entry.slice(0, -'.ts'.length));
}

const given = process.argv.slice(2);
const firstOption = given.findIndex((arg) => arg.startsWith('-'));
const named = firstOption === -1 ? given : given.slice(0, firstOption);
const options = firstOption === -1 ? [] : given.slice(firstOption);
for (const name of named.length > 0 ? named : await benchmarks()) {
  const code = await runTrusting(`bench/${name}.ts`, options);
  if (code !== 0) process.exitCode = code;
}
