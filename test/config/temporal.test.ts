import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { connectionSettings } from '../../src/config/temporal.js';

describe('connection to Temporal', () => {
  let folder: string;
  let configFile: string;
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'temporal-'));
    configFile = path.join(folder, 'temporal.toml');
    await writeFile(
      configFile,
      '[profile.default]\naddress = "default:1"\n[profile.prod]\naddress = "prod:1"\nnamespace = "prod-ns"\napi_key = "key"\n',
    );
  });
  after(() => rm(folder, { recursive: true }));

  const settings = (temporal: object, env: Record<string, string> = {}) =>
    connectionSettings({ temporal: { taskQueue: 'q', ...temporal } }, { HOME: folder, ...env });

  it('is the local server and the default namespace where nothing is said', () => {
    const { connectionOptions, namespace } = settings({});
    assert.deepEqual([connectionOptions.address, namespace], ['localhost:7233', 'default']);
  });

  it('is that of the profile, key and namespace included', () => {
    const { connectionOptions, namespace } = settings({ configFile, profile: 'prod' });
    assert.deepEqual([connectionOptions.address, namespace], ['prod:1', 'prod-ns']);
    assert.deepEqual([connectionOptions.apiKey, connectionOptions.tls], ['key', true]);
  });

  it('has the address and namespace of the configuration over all others', () => {
    const temporal = { configFile, profile: 'prod', address: 'mine:2', namespace: 'mine' };
    const { connectionOptions, namespace } = settings(temporal, { TEMPORAL_ADDRESS: 'env:3' });
    assert.deepEqual([connectionOptions.address, namespace, connectionOptions.apiKey], ['mine:2', 'mine', 'key']);
  });

  it('passes over variables that are empty', () => {
    assert.equal(
      settings({}, { TEMPORAL_ADDRESS: '', TEMPORAL_API_KEY: '' }).connectionOptions.address,
      'localhost:7233',
    );
  });

  it('is refused for a profile or a file that is not there', () => {
    assert.throws(() => settings({ configFile, profile: 'prdo' }), /Profile 'prdo' not found/);
    assert.throws(() => settings({ configFile: `${configFile}.old` }), /temporal\.configFile: There is no file/);
  });

  it('is refused for broken TOML without a word of what stands there', async () => {
    const broken = path.join(folder, 'broken.toml');
    await writeFile(broken, '[profile.default]\napi_key = "hunter2hunter2\n');
    assert.throws(
      () => settings({ configFile: broken }),
      (error: Error) => error.message.includes('cannot be set up') && !error.message.includes('hunter2'),
    );
  });
});
