import { testCommand } from './size.js';

/**
 * The seed of a random test: `FC_SEED`, or a new one. Said at once, so that a run that never comes to its end can be
 * repeated too.
 */
export function testSeed(file: string): number {
  const given = process.env['FC_SEED'];
  const seed = given === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(given);
  if (!Number.isInteger(seed)) throw new Error(`FC_SEED must be a whole number, not "${String(given)}".`);
  console.log(`      seed ${seed}; the same again: FC_SEED=${seed} ${testCommand()} -- ${file}`);
  return seed;
}
