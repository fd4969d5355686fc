import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';
import { SEED_APPLICATION, WEB_APPLICATION } from '../../src/simulator/seed/contoso.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import type { Tenant } from '../../src/simulator/tenant.js';
import { testSimulator } from '../support/simulator.js';
import { accessTokenOf, NO_CALLS, redeemed, tokensOf, Web } from '../support/web.js';

type Claims = Readonly<Record<string, unknown>>;

describe('Bearer tokens', () => {
  let tenant: Tenant;
  let web: Web;
  let issuer: string;
  let authorityHost: string;
  let signToken: (claims: Claims) => Promise<string>;

  before(async () => {
    const simulator = await testSimulator();
    ({ authorityHost, signToken } = simulator);
    tenant = await simulator.createTenant();
    issuer = `${authorityHost}/${tenant.id}/v2.0`;
    web = await Web.open({ tenant, licenseflow: NO_CALLS });
  });
  after(() => web.close());

  const now = () => Math.floor(Date.now() / 1000);
  /** What a good token of Adele says. */
  const good = (): Claims => ({
    ...{ aud: WEB_APPLICATION.appId, iss: issuer, tid: tenant.id, oid: PEOPLE.adele.id, sub: 'someone', ver: '2.0' },
    ...{ iat: now(), nbf: now(), exp: now() + 600, scp: 'access_as_user', roles: ['requester'], name: 'Adele Vance' },
  });
  const me = (token: string, headers: Readonly<Record<string, string>> = {}) =>
    web.call('GET', '/api/v1/me', { token, headers });

  it('let in whom they are about, with the roles of the application', async () => {
    const answer = await me(await accessTokenOf(tenant.id, PEOPLE.megan.id));
    assert.equal(answer.status, 200, answer.text);
    assert.deepEqual(answer.json, {
      id: PEOPLE.megan.id,
      userPrincipalName: PEOPLE.megan.userPrincipalName,
      displayName: PEOPLE.megan.displayName,
      roles: ['requester', 'approver'],
      may: ['look', 'request', 'decide'],
    });
    assert.equal((await me(await signToken(good()))).status, 200);
  });

  const other = '11111111-2222-4333-8444-555555555555';
  const changed: Readonly<Record<string, (claims: Claims) => Claims>> = {
    'another issuer': (claims) => ({ ...claims, iss: `${authorityHost}/${other}/v2.0` }),
    'an issuer that only begins alike': (claims) => ({ ...claims, iss: `${issuer}/` }),
    'another audience': (claims) => ({ ...claims, aud: SEED_APPLICATION.appId }),
    'an audience that only contains ours': (claims) => ({ ...claims, aud: `api://${WEB_APPLICATION.appId}` }),
    'another tenant': (claims) => ({ ...claims, tid: other }),
    'no tenant': ({ tid: _tid, ...claims }) => claims,
    'an end in the past': (claims) => ({ ...claims, exp: now() - 120 }),
    'no end': ({ exp: _exp, ...claims }) => claims,
    'a beginning in the future': (claims) => ({ ...claims, nbf: now() + 600 }),
    'nobody in it': ({ oid: _oid, ...claims }) => claims,
    'a person that is no object id': (claims) => ({ ...claims, oid: "x' OR '1'='1" }),
    'no permission': ({ scp: _scp, ...claims }) => claims,
    'another permission': (claims) => ({ ...claims, scp: 'User.Read access_as_user2' }),
  };
  for (const [what, change] of Object.entries(changed))
    it(`are refused with ${what}`, async () => refused(await me(await signToken(change(good())))));

  it('are refused of another tenant of the same service', async () => {
    const elsewhere = await (await testSimulator()).createTenant();
    refused(await me(await accessTokenOf(elsewhere.id, PEOPLE.adele.id)));
  });

  it('are refused where they are for signing in, and not for calling', async () => {
    const { body } = await tokensOf(tenant.id, PEOPLE.adele.id);
    refused(await me(String(body['id_token'])));
  });

  it('are refused unsigned', async () => {
    refused(await me(new UnsecuredJWT(good()).encode()));
    const [, claims] = (await signToken(good())).split('.');
    const none = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
    refused(await me(`${none}.${claims}.`));
    const upper = Buffer.from('{"alg":"NONE"}').toString('base64url');
    refused(await me(`${upper}.${claims}.c2lnbmF0dXJl`));
  });

  it('are refused where the public key is the secret', async () => {
    const keys = await fetch(`${authorityHost}/${tenant.id}/discovery/v2.0/keys`);
    const [key] = ((await keys.json()) as { keys: { kid: string }[] }).keys;
    assert.ok(key);
    const pem = createPublicKey({ key, format: 'jwk' }).export({ type: 'spki', format: 'pem' }).toString();
    for (const secret of [pem, pem.trim(), JSON.stringify(key)]) {
      const token = new SignJWT(good()).setProtectedHeader({ alg: 'HS256', typ: 'JWT', kid: key.kid });
      refused(await me(await token.sign(Buffer.from(secret))));
    }
  });

  it('are refused with a key of one’s own, also where the token brings it along', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const kid = 'mine';
    const jwk = publicKey.export({ format: 'jwk' });
    for (const header of [
      { kid },
      { kid, jwk },
      { kid, jku: 'https://evil.example/keys' },
      { kid: '../../etc/passwd' },
    ])
      refused(await me(await new SignJWT(good()).setProtectedHeader({ alg: 'RS256', ...header }).sign(privateKey)));
  });

  it('are refused where somebody changed what they say', async () => {
    const [header, , signature] = (await signToken(good())).split('.');
    const more = Buffer.from(JSON.stringify({ ...good(), roles: ['operator'] })).toString('base64url');
    refused(await me(`${header}.${more}.${signature}`));
  });

  it('are refused where they are none, and answered in any case', async () => {
    for (const token of ['x', 'a.b', 'a.b.c', '...', `${'a'.repeat(12_000)}`, 'null', '{}.{}.{}'])
      refused(await me(token));
    for (const authorization of ['Basic YTpi', 'Bearer', 'Bearer a b', 'bearer,', 'Digest x="y"']) {
      const answer = await web.call('GET', '/api/v1/me', { headers: { authorization } });
      refused(answer);
    }
  });

  it('give no role that the service did not sign, whatever the call adds', async () => {
    const token = await signToken({ ...good(), roles: ['requester', 'root', 'Operator', 'operator '] });
    const answer = await me(token, { 'x-roles': 'operator', 'x-ms-client-principal': 'operator' });
    assert.deepEqual(answer.json['roles'], ['requester']);
    const nobody = await me(await signToken({ ...good(), roles: undefined }));
    assert.deepEqual([nobody.status, nobody.json['code']], [403, 'ROLE_MISSING']);
  });

  it('of a program without a person read, and never act', async () => {
    const { body } = await redeemed(`${authorityHost}/${tenant.id}/oauth2/v2.0/token`, {
      grant_type: 'client_credentials',
      client_id: SEED_APPLICATION.appId,
      client_secret: SEED_APPLICATION.secrets[0],
      scope: `api://${WEB_APPLICATION.appId}/.default`,
    });
    assert.deepEqual((await me(String(body['access_token']))).json['roles'], ['auditor']);
    const { scp: _scp, ...claims } = good();
    const mighty = await signToken({ ...claims, idtyp: 'app', roles: ['operator', 'approver', 'auditor'] });
    assert.deepEqual((await me(mighty)).json['may'], ['look', 'readAll']);
  });

  it('cannot be judged while the service does not answer, and nobody is let in', async () => {
    const cut = await Web.open({ tenant, licenseflow: NO_CALLS }, { authorityHost: 'https://localhost:1' });
    try {
      const answer = await cut.call('GET', '/api/v1/me', { token: await signToken(good()) });
      assert.deepEqual([answer.status, answer.json['code']], [503, 'NO_AUTHORITY']);
      assert.doesNotMatch(answer.text, /ECONNREFUSED|localhost:1\b/);
    } finally {
      await cut.close();
    }
  });

  function refused(answer: Awaited<ReturnType<typeof me>>): void {
    assert.deepEqual([answer.status, answer.json?.['code']], [401, 'TOKEN_REFUSED'], answer.text);
    assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer error="invalid_token"/);
    assert.doesNotMatch(answer.text, /node_modules|at \w+ \(|jose|JWS/);
  }
});
