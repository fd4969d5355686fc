import { usageError } from '../error-report.js';
import type { ExitCode } from '../exit-codes.js';
import { EXIT } from '../exit-codes.js';
import type { Invocation } from '../invocation.js';
import { keyFilePath, readKeyFile, replaceKeyFile } from './key-file.js';

export async function useKey(
  { deps, out }: Invocation,
  options: { readonly file: string },
  keyId: string,
): Promise<ExitCode> {
  const file = keyFilePath(options.file, deps);
  const keys = await readKeyFile(file);
  const chosen = keys.find(({ id }) => id === keyId);
  if (chosen === undefined)
    throw usageError(
      `${file} has no key "${keyId}". Nothing was changed.`,
      `It has ${keys.map(({ id }) => `"${id}"`).join(', ')}.`,
    );
  await replaceKeyFile(file, [chosen, ...keys.filter((key) => key !== chosen)]);
  await out.result('EncryptionKey', { file, keyId, encrypts: true }, () => {
    out.line(`${file} encrypts with ${keyId} from now on; its other keys still decrypt.`);
    out.line('Give the file to every worker, API and command line, and restart them.');
  });
  return EXIT.ok;
}
