import { newKey } from '../../codec/key-text.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { createKeyFile, keyFilePath, readKeyFile, replaceKeyFile } from './key-file.js';

export interface NewKeyOptions {
  readonly file: string;
  readonly add?: true;
}

/** The key itself is never printed. */
export async function newKeyInFile({ deps, out }: Invocation, options: NewKeyOptions): Promise<ExitCode> {
  const file = keyFilePath(options.file, deps);
  const key = newKey(new Date());
  if (options.add === undefined) await createKeyFile(file, [key]);
  else await replaceKeyFile(file, [...(await readKeyFile(file)), key]);
  const encrypts = options.add === undefined;
  await out.result('EncryptionKey', { file, keyId: key.id, encrypts }, () => {
    out.line(`${encrypts ? 'Made' : 'Added'} the key ${key.id} in ${file}, which only you can read.`);
    for (const line of encrypts ? FIRST_STEPS : addedSteps(key.id, options.file)) out.line(line);
  });
  return EXIT.ok;
}

const FIRST_STEPS = [
  '',
  '1. Keep a copy in a safe place: what is encrypted cannot be read without it, by anybody.',
  '2. Give it to every worker, API and command line, as a file that nobody else can read:',
  '     encryption: { keysFile: payload-keys.txt }      in licenseflow.yaml, or LICENSEFLOW_ENCRYPTION_KEYS_FILE',
  '   or put its text into a secret of Azure Key Vault (encryption.keyVaultUrl and keyVaultSecret).',
  '3. Restart them. Requests that are open go on; what is recorded from then on is encrypted.',
];

function addedSteps(id: string, file: string): readonly string[] {
  return [
    '',
    'It decrypts, and encrypts nothing yet.',
    '1. Give the file to every worker, API and command line, and restart them: from then on all of them can read the new key.',
    `2. Then encrypt with it: licenseflow keys use ${id} --file ${file}`,
    '3. Give the file to all of them once more, and restart them. Keep the older keys as long as Temporal keeps what they encrypted.',
  ];
}
