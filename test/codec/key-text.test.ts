import assert from 'node:assert/strict';
import fc from 'fast-check';
import { EncryptionKeysError } from '../../src/codec/encryption-error.js';
import { keyLine, newKey, parseKeys } from '../../src/codec/key-text.js';

const refused = (text: string, because: RegExp): void =>
  assert.throws(
    () => parseKeys(text, 'keys.txt'),
    (error: unknown) => error instanceof EncryptionKeysError && because.test(error.message),
    text,
  );

describe('encryption keys as text', () => {
  const [first, second] = [newKey(new Date()), newKey(new Date())];

  it('are read in their order, the current one first', () => {
    const text = `# ours, and nobody else's\n\n${keyLine(first)}\r\n  ${keyLine(second)}  \n# end\n`;
    assert.deepEqual(parseKeys(text, 'x'), [first, second]);
  });

  it('may stand on one line, as in a variable', () => {
    assert.deepEqual(parseKeys(`${keyLine(first)},${keyLine(second)}`, 'x'), [first, second]);
  });

  it('have ids that say the day and are never the same', () => {
    assert.match(newKey(new Date('2026-03-01T23:00:00Z')).id, /^key-2026-03-01-[0-9a-f]{6}$/);
    assert.notEqual(first.id, second.id);
    assert.notDeepEqual(first.secret, second.secret);
  });

  it('are refused with the line and what to do', () => {
    refused('', /^keys\.txt holds no key\. Make one: licenseflow keys new/);
    refused('# nothing\n', /holds no key/);
    refused(`${keyLine(first)}\nno colon here`, /line 2, does not begin with the id of a key/);
    refused('a b:AAAA', /line 1, does not begin with the id/);
    refused('short:AAAA', /line 1, is not a key of 32 bytes in base64 after "short:"/);
    refused(`${keyLine(first)}=`, /is not a key of 32 bytes/);
    refused(`${keyLine(first)}\n${keyLine({ ...second, id: first.id })}`, /key id ".*" twice/);
  });

  it('are never quoted in an error', () => {
    const base64 = second.secret.toString('base64');
    fc.assert(
      fc.property(fc.constantFrom(`${base64}`, `id ${base64}`, `id:${base64.slice(0, -5)}`, `:${base64}`), (line) => {
        assert.throws(
          () => parseKeys(line, 'x'),
          (error: unknown) => error instanceof Error && !error.message.includes(base64.slice(0, 8)),
        );
      }),
    );
  });
});
