import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { combineTrust } from '../../src/embedded/trust.js';
import { type CertificateFiles, ensureCertificate } from '../../src/simulator/certificate.js';
import { temporaryFolders } from './temporary-folder.js';

describe('trust of child processes', () => {
  const folder = temporaryFolders();
  const servers: Server[] = [];
  let users: CertificateFiles;
  let simulators: CertificateFiles;
  let into: string;
  let warnings: string[];

  beforeEach(async () => {
    users = await ensureCertificate(await folder());
    simulators = await ensureCertificate(await folder());
    into = join(await folder(), 'trusted.pem');
    warnings = [];
  });
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  async function combine(ofUser: string | undefined): Promise<string> {
    const env = ofUser === undefined ? {} : { NODE_EXTRA_CA_CERTS: ofUser };
    return await combineTrust({ authority: simulators.caFile, into, env, warn: (sentence) => warnings.push(sentence) });
  }

  async function serverOf({ certFile, keyFile }: CertificateFiles): Promise<string> {
    const server = createServer({ cert: await readFile(certFile), key: await readFile(keyFile) }, (_, response) =>
      response.end('hello'),
    ).listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return `https://localhost:${(server.address() as AddressInfo).port}`;
  }

  /** What a Node process that starts with this `NODE_EXTRA_CA_CERTS` gets from each address. */
  async function seenByChild(trusted: string, ...addresses: readonly string[]): Promise<string[]> {
    const program = `
      const [, ...addresses] = process.argv;
      const answers = addresses.map((address) => fetch(address).then((r) => r.text(), (e) => e.cause.code));
      Promise.all(answers).then((all) => console.log(JSON.stringify(all)));`;
    const env = { ...process.env, NODE_EXTRA_CA_CERTS: trusted };
    const { stdout } = await promisify(execFile)(process.execPath, ['-e', program, ...addresses], { env });
    return JSON.parse(stdout) as string[];
  }

  it("extends to the user's own authorities and the simulator's", async () => {
    const addresses = [await serverOf(users), await serverOf(simulators)];
    assert.deepEqual(await seenByChild(await combine(users.caFile), ...addresses), ['hello', 'hello']);
    const [withoutUsers, withIt] = await seenByChild(simulators.caFile, ...addresses);
    assert.notEqual(withoutUsers, 'hello', 'the test can fail');
    assert.equal(withIt, 'hello');
    assert.deepEqual(warnings, []);
  });

  it("keeps all of the user's certificates, whatever stands around them", async () => {
    const third = await ensureCertificate(await folder());
    const [first, second] = await Promise.all([readFile(users.caFile, 'utf8'), readFile(third.caFile, 'utf8')]);
    const bundle = join(await folder(), 'bundle.pem');
    await writeFile(bundle, `# Company\n${first.trimEnd()}\n\n# Proxy\n${second.trimEnd()}`);
    const addresses = [await serverOf(users), await serverOf(third), await serverOf(simulators)];
    assert.deepEqual(await seenByChild(await combine(bundle), ...addresses), ['hello', 'hello', 'hello']);
  });

  it("is the simulator's alone when the user has none", async () => {
    assert.equal(
      (await readFile(await combine(undefined), 'utf8')).trim(),
      (await readFile(simulators.caFile, 'utf8')).trim(),
    );
    assert.deepEqual(warnings, []);
  });

  it("leaves out a file of the user's that cannot be used, and says so", async () => {
    const garbage = join(await folder(), 'garbage.pem');
    await writeFile(garbage, '-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n');
    const text = join(await folder(), 'text.pem');
    await writeFile(text, 'hello');
    for (const file of [garbage, text, join(await folder(), 'missing.pem')]) {
      warnings = [];
      const trusted = await combine(file);
      assert.equal(warnings.length, 1);
      assert.ok(warnings[0]?.startsWith(`NODE_EXTRA_CA_CERTS names ${file}, which is left out: `), warnings[0]);
      assert.deepEqual(await seenByChild(trusted, await serverOf(simulators)), ['hello']);
    }
  });

  it('is replaced as a whole, and leaves no draft', async () => {
    await combine(users.caFile);
    await combine(undefined);
    assert.doesNotMatch(await readFile(into, 'utf8'), /END CERTIFICATE[^]*END CERTIFICATE/);
    assert.deepEqual(await readdir(join(into, '..')), ['trusted.pem']);
  });
});
