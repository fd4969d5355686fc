/**
 * The TLS certificate of the simulator. Graph clients refuse plain HTTP (the token is sent to `https:` addresses only),
 * so the simulator needs a certificate for `localhost` and an authority that a client can be told to trust.
 *
 * The authority's private key is never stored: it signs one certificate and is forgotten, so trusting the authority on
 * a developer's machine trusts nothing but this one key for `localhost`.
 */
// The certificate library needs this polyfill, loaded before itself.
import 'reflect-metadata';
import { X509Certificate, createPrivateKey, webcrypto } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import * as x509 from '@peculiar/x509';

/** Absolute paths of PEM files. `caFile` is what a client trusts (`NODE_EXTRA_CA_CERTS`). */
export interface CertificateFiles {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

const DAY_MS = 24 * 60 * 60 * 1000;
const LIFETIME_DAYS = 365;
/** A certificate this close to its end is replaced, so that none ends in the middle of a long run. */
const RENEW_DAYS = 7;
const KEY_ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };

/**
 * The certificate in `directory`: the one that stands there while it is complete and valid, else a new one. Safe to call
 * from several processes at once; all of them end up with the same files.
 *
 * @throws Error of the file system when `directory` cannot be created or written.
 */
export async function ensureCertificate(directory: string): Promise<CertificateFiles> {
  const home = join(resolve(directory), 'localhost');
  const files = filesIn(home);
  if (await isUsable(files)) return files;
  await mkdir(resolve(directory), { recursive: true, mode: 0o700 });
  const fresh = await mkdtemp(join(resolve(directory), 'new-'));
  await writeCertificate(filesIn(fresh));
  await moveInto(home, fresh);
  if (await isUsable(files)) return files;
  throw new Error(
    `The certificate in ${home} is still not usable after a new one was made. Delete that folder, then start again.`,
  );
}

function filesIn(folder: string): CertificateFiles {
  return { caFile: join(folder, 'ca.pem'), certFile: join(folder, 'cert.pem'), keyFile: join(folder, 'key.pem') };
}

/** Puts the complete folder `fresh` in the place of `home` unless another process has put a usable one there first. */
async function moveInto(home: string, fresh: string): Promise<void> {
  if (!(await isUsable(filesIn(home)))) {
    // One rename takes the old set away as a whole, so no reader ever sees half of it.
    await rename(home, `${fresh}-old`).catch(ignore('ENOENT'));
    await rename(fresh, home).catch(ignore('ENOTEMPTY', 'EEXIST'));
  }
  await Promise.all([fresh, `${fresh}-old`].map((path) => rm(path, { recursive: true, force: true })));
}

function ignore(...codes: readonly string[]) {
  return (error: NodeJS.ErrnoException): void => {
    if (!codes.includes(error.code ?? '')) throw error;
  };
}

async function isUsable(files: CertificateFiles): Promise<boolean> {
  try {
    const [ca, cert, key] = await Promise.all([
      readFile(files.caFile).then((pem) => new X509Certificate(pem)),
      readFile(files.certFile).then((pem) => new X509Certificate(pem)),
      readFile(files.keyFile).then((pem) => createPrivateKey(pem)),
    ]);
    return (
      cert.verify(ca.publicKey) &&
      cert.checkPrivateKey(key) &&
      cert.checkHost('localhost') !== undefined &&
      cert.checkIP('127.0.0.1') !== undefined &&
      Date.parse(cert.validFrom) <= Date.now() &&
      Date.parse(cert.validTo) > Date.now() + RENEW_DAYS * DAY_MS
    );
  } catch {
    return false; // absent or damaged: either way a new one is needed
  }
}

async function writeCertificate(files: CertificateFiles): Promise<void> {
  x509.cryptoProvider.set(webcrypto);
  const validity = {
    notBefore: new Date(Date.now() - DAY_MS),
    notAfter: new Date(Date.now() + LIFETIME_DAYS * DAY_MS),
  };
  const caKeys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, false, ['sign', 'verify']);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    ...validity,
    name: 'CN=licenseflow simulator authority',
    keys: caKeys,
    signingAlgorithm: KEY_ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
      await x509.SubjectKeyIdentifierExtension.create(caKeys.publicKey),
    ],
  });
  const keys = await webcrypto.subtle.generateKey(KEY_ALGORITHM, true, ['sign', 'verify']);
  const cert = await x509.X509CertificateGenerator.create({
    ...validity,
    subject: 'CN=localhost',
    issuer: ca.subject,
    publicKey: keys.publicKey,
    signingKey: caKeys.privateKey,
    signingAlgorithm: KEY_ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth]),
      new x509.SubjectAlternativeNameExtension([
        { type: 'dns', value: 'localhost' },
        { type: 'ip', value: '127.0.0.1' },
      ]),
      await x509.AuthorityKeyIdentifierExtension.create(ca, false),
    ],
  });
  const key = x509.PemConverter.encode(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  await Promise.all([
    writeFile(files.caFile, ca.toString('pem')),
    writeFile(files.certFile, cert.toString('pem')),
    writeFile(files.keyFile, key, { mode: 0o600 }),
  ]);
}
