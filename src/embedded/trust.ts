import { X509Certificate } from 'node:crypto';
import { readFile, rename, writeFile } from 'node:fs/promises';

export interface TrustOptions {
  /** PEM file with the certificate authority that children have to trust. */
  readonly authority: string;
  /** The file to write. */
  readonly into: string;
  readonly env: NodeJS.ProcessEnv;
  readonly warn: (sentence: string) => void;
}

/**
 * Writes one PEM file for the `NODE_EXTRA_CA_CERTS` of children: what the user's own `NODE_EXTRA_CA_CERTS` holds (a
 * company's proxy often needs it) and `authority`. Node reads that variable once, when a process starts, and names no
 * more than one file. A file of the user's that cannot be used is left out with a warning, as Node itself does.
 *
 * @returns `into`
 */
export async function combineTrust({ authority, into, env, warn }: TrustOptions): Promise<string> {
  const draft = `${into}.${process.pid}`;
  await writeFile(draft, [...(await userAuthorities(env, warn)), await readFile(authority, 'utf8')].join('\n'));
  await rename(draft, into);
  return into;
}

async function userAuthorities(env: NodeJS.ProcessEnv, warn: (sentence: string) => void): Promise<string[]> {
  const file = env['NODE_EXTRA_CA_CERTS'];
  if (!file) return [];
  try {
    return certificatesIn(await readFile(file, 'utf8'));
  } catch (error) {
    warn(
      `NODE_EXTRA_CA_CERTS names ${file}, which is left out: ${error instanceof Error ? error.message : String(error)}.`,
    );
    return [];
  }
}

/** Each is parsed here, because Node stops reading the combined file at the first that it cannot parse. */
function certificatesIn(pem: string): string[] {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----/gs) ?? [];
  if (certificates.length === 0) throw new Error('it contains no certificate in PEM form');
  for (const certificate of certificates) void new X509Certificate(certificate);
  return certificates;
}
