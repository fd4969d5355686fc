/**
 * A program that speaks the protocol of our own children, or breaks it, as its arguments say:
 * `child.ts <name> <journal> [silent | deaf | crash | family | talk]`. The journal gets a line when it ends in an orderly way.
 */
import { spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { whenParentGone } from '../../../src/worker/parent-gone.js';

const [name = '', journal = '', ...habits] = process.argv.slice(2);

console.error('starting up');
console.log('{"level":30,"msg":"a log line is no ready line"}');
if (habits.includes('crash')) {
  console.error(`${name} has run into a wall`);
  process.exit(3);
}
const family = habits.includes('family') ? [spawn('sleep', ['600'], { stdio: 'ignore' }).pid] : [];
if (!habits.includes('silent')) console.log(JSON.stringify({ ready: name, family }));
console.log('working');

setInterval(() => {}, 1_000);
if (habits.includes('deaf')) process.stdin.resume();
else {
  const end = () => {
    appendFileSync(journal, `${name}\n`);
    process.exit(0);
  };
  whenParentGone(() => {
    // Whether that was heard is known before the next turn.
    if (habits.includes('talk')) process.stdout.write('ending\n', () => setImmediate(end));
    else end();
  });
}
