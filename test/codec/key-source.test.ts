import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import Fastify from 'fastify';
import { EncryptionKeysError } from '../../src/codec/encryption-error.js';
import { openKeyRing } from '../../src/codec/key-source.js';
import { keyLine, newKey } from '../../src/codec/key-text.js';
import { keyVaultSecret } from '../../src/codec/key-vault.js';
import { ConfigError } from '../../src/config/config-error.js';
import { loadClientConfig } from '../../src/config/config.js';
import { customCloud } from '../../src/graph/clouds.js';
import { createCredential } from '../../src/graph/credentials.js';
import { ensureCertificate } from '../../src/simulator/certificate.js';
import { SEED_APPLICATION } from '../../src/simulator/seed/contoso.js';
import { testSimulator } from '../support/simulator.js';

describe('encryption keys', () => {
  let folder: string;
  const [first, second] = [newKey(new Date()), newKey(new Date())];
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'keys-'));
  });
  after(() => rm(folder, { recursive: true }));

  const configured = async (env: Record<string, string>, file = '') => {
    const configFile = path.join(folder, 'c.yaml');
    await writeFile(configFile, file);
    return (await loadClientConfig({ configFile, env, workingFolder: folder })).encryption;
  };

  it('are off unless somebody gives them', async () => {
    assert.equal(await openKeyRing(await configured({})), null);
  });

  it('come from a variable', async () => {
    const ring = await openKeyRing(
      await configured({ LICENSEFLOW_ENCRYPTION_KEYS: [first, second].map(keyLine).join() }),
    );
    assert.deepEqual(ring?.ids, [first.id, second.id]);
  });

  it('come from a file, named relative to the configuration file, and are read again for a new key', async () => {
    const file = path.join(folder, 'keys.txt');
    await writeFile(file, keyLine(first));
    const config = await configured({}, 'encryption: { keysFile: keys.txt }');
    const ring = await openKeyRing(config, { askAgainMs: 0 });
    assert.deepEqual(ring?.ids, [first.id]);
    await writeFile(file, [second, first].map(keyLine).join('\n'));
    assert.deepEqual(await ring?.key(second.id), second);
    assert.equal(ring?.current.id, second.id);
  });

  it('that are not there are told with the file and what to do', async () => {
    const config = await configured({ LICENSEFLOW_ENCRYPTION_KEYS_FILE: 'none.txt' });
    await assert.rejects(openKeyRing(config), /cannot be read from .*none\.txt \(ENOENT\).*licenseflow keys new/);
  });

  it('must not stand in the configuration file, and come from one place', async () => {
    const refused = (env: Record<string, string>, file: string, because: RegExp) =>
      assert.rejects(configured(env, file), (error) => error instanceof ConfigError && because.test(error.message));
    await refused({}, `encryption: { keys: "${keyLine(first)}" }`, /encryption\.keys .*must not stand here/);
    const two = { LICENSEFLOW_ENCRYPTION_KEYS: keyLine(first), LICENSEFLOW_ENCRYPTION_KEYS_FILE: 'x' };
    await refused(two, '', /encryption\.keys .*is not the only place of keys/);
    await refused({}, 'encryption: { keyVaultUrl: "https://v.vault.azure.net" }', /needs keyVaultSecret/);
    await refused({}, 'encryption: { keyVaultSecret: keys }', /goes with keyVaultUrl only/);
    await refused({ LICENSEFLOW_ENCRYPTION_KEY_FILE: 'x' }, '', /Did you mean LICENSEFLOW_ENCRYPTION_KEYS_FILE/);
  });

  describe('in a key vault', () => {
    /** A vault as far as this matters: the challenge that names the authority, and one secret. */
    async function vaultOf(secrets: Record<string, string>) {
      const simulator = await testSimulator();
      const tenant = await simulator.createTenant();
      const { keyFile, certFile } = await ensureCertificate(process.env['LICENSEFLOW_TEST_CERT_DIR'] ?? '');
      const vault = Fastify({
        https: { key: await readFile(keyFile), cert: await readFile(certFile) },
        forceCloseConnections: true,
      });
      vault.get<{ Params: { name: string } }>('/secrets/:name/*', async ({ params, headers }, reply) => {
        if (headers.authorization === undefined) {
          const authority = `authorization="${simulator.authorityHost}/${tenant.id}", resource="https://vault.azure.net"`;
          return reply.code(401).header('www-authenticate', `Bearer ${authority}`).send();
        }
        const value = secrets[params.name];
        if (value === undefined) return reply.code(404).send({ error: { code: 'SecretNotFound', message: 'no such' } });
        return { value, id: `https://vault.example/secrets/${params.name}/1`, attributes: { enabled: true } };
      });
      const { port } = new URL(await vault.listen({ host: '127.0.0.1', port: 0 }));
      const url = `https://localhost:${port}`;
      const cloud = customCloud({ graphRoot: simulator.graphUrl, authorityHost: simulator.authorityHost });
      const credential = createCredential(
        { kind: 'client-secret', clientId: SEED_APPLICATION.appId, clientSecret: SEED_APPLICATION.secrets[0] },
        { cloud, tenantId: tenant.id },
      );
      // The name of a vault on this machine does not end in vault.azure.net.
      const options = { disableChallengeResourceVerification: true, retryOptions: { maxRetries: 0 } };
      return {
        source: (secret: string) => keyVaultSecret({ url, secret }, () => credential, options),
        close: () => vault.close(),
      };
    }

    it('are read with the identity that the project already has', async () => {
      const vault = await vaultOf({ 'payload-keys': [first, second].map(keyLine).join('\n') });
      try {
        assert.deepEqual(await vault.source('payload-keys')(), [first, second]);
        await assert.rejects(vault.source('other')(), (error: unknown) => {
          assert.ok(error instanceof EncryptionKeysError);
          assert.match(error.message, /secret "other" of https:.*Key Vault Secrets User/);
          return true;
        });
      } finally {
        await vault.close();
      }
    });
  });
});
