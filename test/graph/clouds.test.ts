import assert from 'node:assert/strict';
import { CLOUD_NAMES, customCloud, nationalCloud } from '../../src/graph/clouds.js';

describe('clouds', () => {
  it('pair each Graph with its own authority', () => {
    const pairs = CLOUD_NAMES.map((name) => [name, nationalCloud(name).graphRoot, nationalCloud(name).authorityHost]);
    assert.deepEqual(pairs, [
      ['global', 'https://graph.microsoft.com', 'https://login.microsoftonline.com'],
      ['us-gov-l4', 'https://graph.microsoft.us', 'https://login.microsoftonline.us'],
      ['us-gov-l5-dod', 'https://dod-graph.microsoft.us', 'https://login.microsoftonline.us'],
      ['china', 'https://microsoftgraph.chinacloudapi.cn', 'https://login.chinacloudapi.cn'],
    ]);
    for (const name of CLOUD_NAMES) {
      assert.equal(nationalCloud(name).scope, `${nationalCloud(name).graphRoot}/.default`);
      assert.equal(nationalCloud(name).instanceDiscovery, true);
    }
  });

  it('take addresses of their own, which nobody at Microsoft is asked about', () => {
    const cloud = customCloud({ graphRoot: 'https://localhost:8443/', authorityHost: 'https://localhost:8444' });
    assert.deepEqual(cloud, {
      graphRoot: 'https://localhost:8443',
      authorityHost: 'https://localhost:8444',
      scope: 'https://localhost:8443/.default',
      instanceDiscovery: false,
    });
  });

  for (const graphRoot of ['http://localhost:8443', 'localhost:8443', 'https://localhost/v1.0', '']) {
    it(`refuse '${graphRoot}'`, () =>
      assert.throws(() => customCloud({ graphRoot, authorityHost: 'https://localhost' }), TypeError));
  }
});
