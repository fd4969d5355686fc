import assert from 'node:assert/strict';
import { ownPath } from '../../src/sign-in/return-to.js';

describe('The way back after signing in', () => {
  for (const path of ['/', '/requests/lr-1?tab=timeline&x=%2F%2Fevil', '/campaigns/e3-to-e5'])
    it(`is ${path}`, () => assert.equal(ownPath(path), path));

  const elsewhere = [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    '/\t/evil.example',
    '/a/../..//evil.example/..//',
    'javascript:alert(1)',
    'requests/1',
    '',
    '/sign-in?return_to=/sign-in',
    '/sign-out',
    '/ü',
    `/${'x'.repeat(3_000)}`,
  ];
  for (const path of elsewhere)
    it(`is the first page instead of ${JSON.stringify(path.slice(0, 40))}`, () => assert.equal(ownPath(path), '/'));
});
