import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer, get } from 'node:https';
import type { AddressInfo } from 'node:net';
import { ensureCertificate } from '../../src/simulator/certificate.js';

describe('the process of the tests', () => {
  it("trusts the simulator's certificate", async () => {
    const directory = process.env['LICENSEFLOW_TEST_CERT_DIR'];
    assert.ok(directory, 'start the tests with `npm test`');
    const { certFile, keyFile } = await ensureCertificate(directory);
    const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (_, answer) =>
      answer.end('hello'),
    );
    await new Promise<void>((listening) => server.listen(0, 'localhost', listening));
    try {
      const { port } = server.address() as AddressInfo;
      const status = await new Promise((resolve, reject) => {
        get({ host: 'localhost', port, path: '/', agent: false }, (answer) => {
          answer.resume().on('end', () => resolve(answer.statusCode));
        }).on('error', reject);
      });
      assert.equal(status, 200);
    } finally {
      await new Promise((closed) => server.close(closed));
    }
  });
});
