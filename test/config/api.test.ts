import assert from 'node:assert/strict';
import { ConfigError } from '../../src/config/config-error.js';
import { loadApiConfig } from '../../src/config/config.js';

const ENV = {
  LICENSEFLOW_API_TENANT_ID: 'f97aeefc-af85-414d-8ae4-b457f90efc40',
  LICENSEFLOW_API_CLIENT_ID: '3fbd929d-8c56-4462-851e-0eb9a7b3a2a5',
  LICENSEFLOW_API_CLIENT_SECRET: 'zQ~the-client-secret',
  LICENSEFLOW_API_SESSION_SECRET: 'zQ~0123456789-0123456789-0123456789',
};

const load = (env: Readonly<Record<string, string>>) =>
  loadApiConfig({ env: { ...ENV, ...env }, workingFolder: '/nowhere' });

async function problemOf(env: Readonly<Record<string, string>>): Promise<string> {
  try {
    await load(env);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.message;
  }
  throw new Error('It was taken.');
}

describe('The configuration of the API', () => {
  it('has defaults for this machine', async () => {
    const { api } = await load({});
    assert.deepEqual(
      [api.listen, api.publicUrl, api.trustedProxies, api.authorityHost, api.audience, api.scope],
      [
        { host: '127.0.0.1', port: 8088 },
        null,
        [],
        'https://login.microsoftonline.com',
        api.clientId,
        'access_as_user',
      ],
    );
    assert.deepEqual([api.sessionIdleMs, api.sessionLifetimeMs], [3_600_000, 28_800_000]);
  });

  it('takes several proxies, and secrets one after the other', async () => {
    const [one, two] = ['n'.repeat(40), 'o'.repeat(40)];
    const { api } = await load({
      LICENSEFLOW_API_TRUSTED_PROXIES: '10.0.0.0/8, ::1',
      LICENSEFLOW_API_SESSION_SECRET: `${one}\n${two}\n`,
    });
    assert.deepEqual(api.trustedProxies, ['10.0.0.0/8', '::1']);
    assert.deepEqual(api.sessionSecrets, [one, two]);
  });

  const refused: Readonly<Record<string, readonly [env: Readonly<Record<string, string>>, RegExp]>> = {
    'sessions in the clear': [{ LICENSEFLOW_API_PUBLIC_URL: 'http://licences.contoso.com' }, /https/],
    'an address with a path': [{ LICENSEFLOW_API_PUBLIC_URL: 'https://licences.contoso.com/x' }, /origin/],
    'a sign-in service without TLS': [{ LICENSEFLOW_API_AUTHORITY_HOST: 'http://login.contoso.com' }, /https/],
    'a domain for a tenant': [{ LICENSEFLOW_API_TENANT_ID: 'contoso.com' }, /GUID/],
    'everybody as a proxy': [{ LICENSEFLOW_API_TRUSTED_PROXIES: 'true' }, /network/],
    'a secret that can be guessed': [{ LICENSEFLOW_API_SESSION_SECRET: 'zQ~short' }, /32/],
    'no secret': [{ LICENSEFLOW_API_SESSION_SECRET: '' }, /SESSION_SECRET|sessionSecretFile/],
  };
  for (const [what, [env, because]] of Object.entries(refused))
    it(`refuses ${what}, and shows no secret`, async () => {
      const message = await problemOf(env);
      assert.match(message, because);
      assert.doesNotMatch(message, /zQ~/);
    });
});
