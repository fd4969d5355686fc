import assert from 'node:assert/strict';
import { readAuthorization } from '../../src/simulator/access-token.js';
import { PEOPLE } from '../../src/simulator/seed/people.js';
import type { SignInJson } from './graph-json.js';
import { withSimulator, type Answer, type GraphSession } from './graph-session.js';

const SECRET = 'simulator-secret';

describe('The token endpoint', () => {
  const open = withSimulator();

  function ask(
    session: GraphSession,
    fields: Record<string, string>,
    tenant = session.tenant.id,
  ): Promise<Answer<SignInJson>> {
    const { graphUrl, authorityHost } = session.simulator;
    const form = new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: session.tenant.applications()[0]?.appId ?? '',
      scope: `${graphUrl}/.default`,
      ...fields,
    });
    return session.send<SignInJson>('POST', `${authorityHost}/${tenant}/oauth2/v2.0/token`, {
      token: null,
      body: form.toString(),
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    });
  }

  const assertion = (claims: object, header: object = {}) =>
    [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.') + '.signature';
  const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

  it('is where the configuration says', async () => {
    const session = await open();
    const { authorityHost } = session.simulator;
    const url = `${authorityHost}/${session.tenant.id}/v2.0/.well-known/openid-configuration`;
    const { body } = await session.send<SignInJson>('GET', url, { token: null });
    assert.equal(body.token_endpoint, `${authorityHost}/${session.tenant.id}/oauth2/v2.0/token`);
    assert.equal(body.issuer, `${authorityHost}/${session.tenant.id}/v2.0`);
  });

  it('issues a token that Graph takes, with the roles of the application', async () => {
    const session = await open({ options: { tokenLifetimeSeconds: 600 } });
    const answer = await ask(session, { client_secret: SECRET });
    assert.deepEqual([answer.status, answer.body.token_type, answer.body.expires_in], [200, 'Bearer', 600]);
    const claims = readAuthorization(`Bearer ${answer.body.access_token}`, Date.now());
    assert.deepEqual(claims.roles, session.tenant.applications()[0]?.roles);
    assert.deepEqual([claims.tid, claims.exp - claims.iat], [session.tenant.id, 600]);
    const read = await session.get(`/users/${PEOPLE.adele.id}`, { token: answer.body.access_token });
    assert.equal(read.status, 200);
  });

  it('keeps tenants apart', async () => {
    const [one, other] = [await open(), await open()];
    other.tenant.deleteUser(PEOPLE.adele.id);
    const { body } = await ask(other, { client_secret: SECRET });
    assert.equal((await one.get(`/users/${PEOPLE.adele.id}`, { token: body.access_token })).status, 404);
    assert.equal((await one.get(`/users/${PEOPLE.adele.id}`)).status, 200);
  });

  it('puts consent into new tokens only', async () => {
    const session = await open();
    const [application] = session.tenant.applications();
    assert.ok(application);
    session.tenant.putApplication({ ...application, roles: [] });
    assert.equal((await session.get('/users')).status, 200);
    const { body } = await ask(session, { client_secret: SECRET });
    assert.equal((await session.get('/users', { token: body.access_token })).status, 403);
  });

  it('takes assertions of certificates and of workloads, and only those that are trusted', async () => {
    const session = await open();
    const [application] = session.tenant.applications();
    assert.ok(application);
    const thumbprint = 'ab'.repeat(20);
    const subject = 'system:serviceaccount:licenseflow:worker';
    session.tenant.putApplication({ ...application, assertions: [thumbprint, subject] });
    const x5t = Buffer.from(thumbprint, 'hex').toString('base64url');
    const status = async (client_assertion: string) => (await ask(session, { client_assertion })).status;
    assert.equal(await status(assertion({ exp: inAnHour() }, { x5t })), 200);
    assert.equal(await status(assertion({ exp: inAnHour(), sub: subject })), 200);
    assert.equal(await status(assertion({ exp: inAnHour(), sub: 'somebody-else' })), 401);
    assert.equal(await status(assertion({ exp: 1, sub: subject })), 401, 'expired');
    assert.equal(await status('no-token-at-all'), 401);
  });

  for (const [what, fields, status, error, code] of [
    ['a wrong secret', { client_secret: 'wrong' }, 401, 'invalid_client', 7000215],
    ['no secret', {}, 401, 'invalid_client', 7000216],
    ['an unknown application', { client_id: 'nobody', client_secret: SECRET }, 400, 'unauthorized_client', 700016],
    ['another grant', { grant_type: 'password', client_secret: SECRET }, 400, 'unsupported_grant_type', 70003],
    ['a scope that is not .default', { scope: 'User.Read', client_secret: SECRET }, 400, 'invalid_scope', 1002012],
  ] as const) {
    it(`refuses ${what}`, async () => {
      const answer = await ask(await open(), fields);
      assert.deepEqual([answer.status, answer.body.error, answer.body.error_codes], [status, error, [code]]);
      assert.ok(answer.body.error_description.startsWith(`AADSTS${code}: `));
    });
  }

  it('refuses an unknown tenant', async () => {
    const session = await open();
    const answer = await ask(session, { client_secret: SECRET }, '0118a350-71fc-4ec3-8f0c-6a1cb8867561');
    assert.deepEqual([answer.status, answer.body.error_codes], [400, [90002]]);
  });

  it('fails on demand', async () => {
    const session = await open();
    const fail = async (fault: Parameters<typeof session.tenant.addFault>[0]['fault']) => {
      session.tenant.clearFaults();
      session.tenant.addFault({ match: { path: '/*/oauth2/v2.0/token' }, fault });
      const answer = await ask(session, { client_secret: SECRET });
      return [answer.status, answer.body?.error, answer.headers['retry-after']];
    };
    assert.deepEqual(await fail({ kind: 'server-error' }), [500, 'server_error', undefined]);
    assert.deepEqual(await fail({ kind: 'throttle', retryAfterSeconds: 5 }), [429, 'temporarily_unavailable', '5']);
    assert.deepEqual(await fail({ kind: 'token-error', error: 'invalid_client' }), [401, 'invalid_client', undefined]);
    assert.deepEqual(await fail({ kind: 'server-error', status: 502, body: 'html' }), [502, undefined, undefined]);
    await assert.rejects(fail({ kind: 'lost-response' }), { code: 'ECONNRESET' });
  });
});
