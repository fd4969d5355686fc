import assert from 'node:assert/strict';
import fc from 'fast-check';
import { userPath } from '../../src/graph/paths.js';

describe('user path', () => {
  const PATHS: readonly (readonly [string, string])[] = [
    ['C7DF2760-2C81-4EF7-B578-5B5392B571DF', '/users/c7df2760-2c81-4ef7-b578-5b5392b571df'],
    ['adele@contoso.com', '/users/adele%40contoso.com'],
    ['adele_fabrikam.com#EXT#@contoso.com', '/users/adele_fabrikam.com%23EXT%23%40contoso.com'],
    ["o'brien@contoso.com", '/users/o%27brien%40contoso.com'],
    ['$adele@contoso.com', "/users('%24adele%40contoso.com')"],
    ["$o'brien@contoso.com", "/users('%24o%27%27brien%40contoso.com')"],
    ['..', "/users('..')"],
  ];
  for (const [user, path] of PATHS) it(`of ${user}`, () => assert.equal(userPath(user), path));

  it('names exactly one user, whatever is in the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (user) => {
        const root = 'https://graph.example/v1.0';
        const url = new URL(`${root}${userPath(user)}?$select=id`);
        assert.equal(url.search, '?$select=id');
        assert.equal(url.hash, '');
        const name = /^\/v1\.0\/users(?:\/([^/]+)|\('([^/]*)'\))$/.exec(url.pathname);
        assert.ok(name, url.pathname);
        const quoted = name[2] === undefined ? undefined : decodeURIComponent(name[2]).replaceAll("''", "'");
        assert.equal(quoted ?? decodeURIComponent(name[1] ?? ''), user);
      }),
    );
  });
});
