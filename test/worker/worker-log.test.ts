import assert from 'node:assert/strict';
import { createLog, temporalLogger } from '../../src/worker/log.js';

describe('worker log', () => {
  function logged(write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
    const lines: Record<string, unknown>[] = [];
    write(createLog('info', { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) }));
    return lines;
  }

  it('is one JSON object a line, with a level that people read', () => {
    const [line] = logged((log) => log.warn({ workflowId: 'license-request/1' }, 'slow'));
    assert.equal(line?.['level'], 'warn');
    assert.equal(line?.['workflowId'], 'license-request/1');
    assert.match(String(line?.['time']), /^\d{4}-\d\d-\d\dT/);
  });

  it('holds no addresses and no tokens, wherever they come from', () => {
    const token = 'eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJhdWQiOiJodHRwcyJ9.c2lnbmF0dXJl';
    const lines = logged((log) => {
      log.error(
        { error: new Error("Resource 'Adéle.O'Neil_x#EXT#@contoso.onmicrosoft.com' does not exist.") },
        'failed',
      );
      temporalLogger(log).warn('lee@contoso.com was there', { error: new Error(`Bearer ${token}`), to: ['x@y.co.uk'] });
    });
    const text = JSON.stringify(lines);
    for (const secret of ['contoso', '@', 'eyJ', 'c2ln', "O'Neil"]) assert.ok(!text.includes(secret), text);
    assert.equal(lines.length, 2);
    assert.ok(text.includes('[address removed]') && text.includes('[token removed]'));
  });

  it('keeps the stack and cause of an error', () => {
    const [line] = logged((log) => log.error({ error: new Error('outer', { cause: new Error('inner') }) }, 'failed'));
    const error = line?.['error'] as { type: string; message: string; stack: string };
    assert.equal(error.type, 'Error');
    assert.ok(error.stack.includes('worker-log.test'));
    assert.ok(error.message.includes('outer') && error.message.includes('inner'));
  });

  it('passes each level of the Temporal SDK on, and leaves out what is below its own', () => {
    const lines = logged((log) => {
      const logger = temporalLogger(log);
      for (const level of ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR'] as const) logger.log(level, level);
      logger.info('plain');
      logger.debug('left out');
    });
    assert.deepEqual(
      lines.map(({ level, msg }) => [level, msg]),
      [
        ['info', 'INFO'],
        ['warn', 'WARN'],
        ['error', 'ERROR'],
        ['info', 'plain'],
      ],
    );
  });
});
