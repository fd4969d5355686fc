/** How big a test with load, kills or chance is: as usual, or in full with `npm run test:full`. */
export const TEST_SIZE = 'LICENSEFLOW_TEST_SIZE';

/** The command that runs tests as big as now. */
export const testCommand = (): string => (isFull() ? 'npm run test:full' : 'npm test');

/**
 * Said at once, so that everybody sees what a run has shown.
 *
 * @param what is counted, for people: `requests`.
 */
export function testSize(what: string, usual: number, full: number): number {
  const size = isFull() ? full : usual;
  console.log(`      ${size} ${what}${isFull() ? '' : `; ${full} with npm run test:full`}`);
  return size;
}

function isFull(): boolean {
  return process.env[TEST_SIZE] === 'full';
}
