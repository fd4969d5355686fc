import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import { ensureCertificate } from '../../src/simulator/certificate.js';

describe('The certificate of the simulator', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'certificate-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  it('is for localhost, signed by its own authority, with a key that only its owner can read', async () => {
    const files = await ensureCertificate(directory);
    const [ca, cert] = await Promise.all(
      [files.caFile, files.certFile].map(async (file) => new X509Certificate(await readFile(file))),
    );
    assert.ok(ca && cert);
    assert.ok(cert.verify(ca.publicKey));
    assert.equal(cert.checkHost('localhost'), 'localhost');
    assert.equal(cert.checkIP('127.0.0.1'), '127.0.0.1');
    assert.equal(cert.ca, false);
    assert.equal((await stat(files.keyFile)).mode & 0o777, 0o600);
  });

  it('is made once', async () => {
    const first = await readFile((await ensureCertificate(directory)).certFile, 'utf8');
    assert.equal(await readFile((await ensureCertificate(directory)).certFile, 'utf8'), first);
  });

  it('is made once when many ask at the same time, and leaves nothing else behind', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => ensureCertificate(directory)));
    assert.equal(new Set(all.map(({ certFile }) => certFile)).size, 1);
    assert.deepEqual(await readdir(directory), ['localhost']);
  });

  for (const damaged of ['caFile', 'certFile', 'keyFile'] as const) {
    it(`is made anew when its ${damaged} is damaged or gone`, async () => {
      const files = await ensureCertificate(directory);
      const before = await readFile(files.certFile, 'utf8');
      await truncate(files[damaged], 40);
      await ensureCertificate(directory);
      assert.notEqual(await readFile(files.certFile, 'utf8'), before);
      await rm(files[damaged]);
      const again = await ensureCertificate(directory);
      assert.ok((await stat(again[damaged])).size > 100);
    });
  }

  it('is made anew when the key belongs to another certificate', async () => {
    const files = await ensureCertificate(directory);
    const foreign = await ensureCertificate(await mkdtemp(join(directory, 'other-')));
    await writeFile(files.keyFile, await readFile(foreign.keyFile));
    const before = await readFile(files.certFile, 'utf8');
    await ensureCertificate(directory);
    assert.notEqual(await readFile(files.certFile, 'utf8'), before);
  });
});
