import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

const RUNS_FROM_SOURCE = import.meta.url.endsWith('.ts');

/**
 * The path of one of our own modules, such as `simulator/main`: TypeScript in a checkout, JavaScript in an installed
 * package. Which of the two it is follows from what this module itself runs from.
 */
export function ownModule(name: string): string {
  return fileURLToPath(new URL(`../${name}${RUNS_FROM_SOURCE ? '.ts' : '.js'}`, import.meta.url));
}

/** Arguments for `node` that run `module` with `args`, whatever the working directory is. */
export function nodeArguments(module: string, args: readonly string[]): string[] {
  return module.endsWith('.ts') ? ['--import', typeScriptLoader(), module, ...args] : [module, ...args];
}

/** A development dependency: an installed package has no TypeScript to load. */
function typeScriptLoader(): string {
  return pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
}
