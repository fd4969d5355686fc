/** A program: locks the folder in its argument, says so, and holds the lock until it is killed. */
import { lockFolder } from '../../../src/embedded/folder-lock.js';

const [folder = ''] = process.argv.slice(2);
const answer = await lockFolder(folder).then(
  () => 'locked',
  (error: Error) => error.name,
);
console.log(answer);
setInterval(() => {}, 1_000);
