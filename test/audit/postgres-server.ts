/** A PostgreSQL server of a test's own, where this machine has one installed. It can be killed and started again. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { freePort } from '../../src/embedded/free-port.js';
import { until } from '../support/until.js';

/** Where Debian and its kin keep the programs that are not on the PATH. */
const DEBIAN = '/usr/lib/postgresql';

/** Folder of `initdb` and `postgres`; `null` where none is installed. */
export function postgresPrograms(): string | null {
  const named = process.env['LICENSEFLOW_TEST_POSTGRES_BIN'];
  if (named !== undefined) return named;
  const versions = existsSync(DEBIAN) ? readdirSync(DEBIAN).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = versions.map((version) => join(DEBIAN, version, 'bin'));
  return folders.find((folder) => existsSync(join(folder, 'initdb'))) ?? null;
}

export const WHY_NOT =
  'needs PostgreSQL: install it, or name the folder of its programs in LICENSEFLOW_TEST_POSTGRES_BIN';

export class PostgresServer {
  #process: ChildProcess | null = null;

  private constructor(
    readonly url: string,
    readonly programs: string,
    readonly folder: string,
    readonly port: number,
    readonly owner: Owner | null,
  ) {}

  static async start(programs: string): Promise<PostgresServer> {
    const folder = mkdtempSync(join(tmpdir(), 'licenseflow-postgres-'));
    const owner = ownerOfServers();
    if (owner !== null) chownSync(folder, owner.uid, owner.gid);
    execFileSync(
      join(programs, 'initdb'),
      ['-D', join(folder, 'data'), '-U', 'audit', '--auth=trust', '--no-sync', '-E', 'UTF8', '--locale=C'],
      { stdio: 'ignore', cwd: folder, ...owner },
    );
    const port = await freePort();
    const server = new PostgresServer(`postgres://audit@127.0.0.1:${port}/postgres`, programs, folder, port, owner);
    await server.up();
    return server;
  }

  async up(): Promise<void> {
    const args = ['-D', join(this.folder, 'data'), '-p', String(this.port), '-k', this.folder, '-h', '127.0.0.1'];
    this.#process = spawn(join(this.programs, 'postgres'), args, {
      ...{ stdio: 'ignore', cwd: this.folder },
      ...this.owner,
    });
    await until('PostgreSQL to answer', () => answers(this.url), Boolean);
  }

  /** As a power cut has it: nothing is written, nobody is told. */
  async kill(): Promise<void> {
    const running = this.#process;
    this.#process = null;
    if (running === null) return;
    const gone = once(running, 'exit');
    // Its children notice that it is gone; asked to end at once, it takes them along.
    running.kill('SIGQUIT');
    await gone;
  }

  async remove(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root, and the packages bring a user for it. */
function ownerOfServers(): Owner | null {
  if (process.getuid?.() !== 0) return null;
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

async function answers(connectionString: string): Promise<boolean> {
  const client = new pg.Client({ connectionString });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
