/** `npm run record-histories`: records the golden histories anew. Arguments name the ones to record; default all. */
import { runTrusting } from './trusting-process.js';

process.exitCode = await runTrusting('test/replay/record.ts', process.argv.slice(2));
