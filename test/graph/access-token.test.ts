import assert from 'node:assert/strict';
import fc from 'fast-check';
import { claimsOf } from '../../src/graph/access-token.js';
import { jwt } from './scripted-graph.js';

describe('claims of an access token', () => {
  it('are read where the token can be read', () => {
    assert.deepEqual(claimsOf(jwt({ roles: ['User.Read.All'], tid: 't' })), {
      roles: ['User.Read.All'],
      tenantId: 't',
    });
  });

  it('without roles are no roles: the application was granted none', () => {
    assert.deepEqual(claimsOf(jwt({})), { roles: [], tenantId: null });
  });

  it('are unknown in a token of any other form', () => {
    const opaque = { roles: null, tenantId: null };
    for (const token of ['', 'opaque', 'a.b.c', jwt({ roles: 'all' }), 'x.bnVsbA.y'])
      assert.deepEqual(claimsOf(token), opaque);
    fc.assert(fc.property(fc.string(), (token) => assert.deepEqual(claimsOf(token), opaque)));
  });
});
