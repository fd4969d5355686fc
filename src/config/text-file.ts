import { readFile } from 'node:fs/promises';

export type TextFile =
  | { readonly text: string }
  /** A sentence that says why there is no text, and what to do. Holds nothing of the content. */
  | { readonly problem: string };

/** Reads a text file that an operator wrote. Never throws for what the operator can put right. */
export async function readTextFile(path: string): Promise<TextFile> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    return { problem: whyNot(path, (error as NodeJS.ErrnoException).code ?? String(error)) };
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch {
    return { problem: `${path} is not UTF-8 text. Save it as UTF-8.` };
  }
}

function whyNot(path: string, code: string): string {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return `There is no file ${path}. Create it, or correct the path.`;
    case 'EISDIR':
      return `${path} is a folder. Name a file.`;
    case 'EACCES':
    case 'EPERM':
      return `${path} may not be read by this user. Change its permissions.`;
    default:
      return `${path} cannot be read (${code}).`;
  }
}
