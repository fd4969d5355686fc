/** The process behind `licenseflow api`. */
import { Client, Connection } from '@temporalio/client';
import type { FastifyPluginAsync } from 'fastify';
import { closable, createLicenseflow } from '../client/index.js';
import { createDataConverter } from '../codec/data-converter.js';
import { EncryptionCodec } from '../codec/encryption-codec.js';
import { openKeyRing } from '../codec/key-source.js';
import type { ApiConfig } from '../config/config-schema.js';
import { connectionSettings } from '../config/temporal.js';
import { consolePages } from '../console/index.js';
import { createLog } from '../worker/log.js';
import { listenForStop } from '../worker/stop-request.js';
import { createWebServer } from './server.js';

export interface WebProcessOptions {
  /** Prints one {@link WebReadyLine} on stdout when it listens. */
  readonly readyJson: boolean;
  /** Ends when stdin closes. */
  readonly exitWithParent: boolean;
  /** Pages beside the API. @default the console */
  readonly pages?: readonly FastifyPluginAsync[];
}

/** What `readyJson` prints. */
export interface WebReadyLine {
  readonly ready: true;
  /** Where browsers go. */
  readonly url: string;
  readonly pid: number;
}

/** How long a call waits for a worker, and how long the question whether one is there. */
const ANSWER_MS = 15_000;
const READY_ANSWER_MS = 4_000;

/**
 * Serves API and console until SIGINT, SIGTERM or SIGHUP, or the end of the parent. Temporal need not be there: what needs it
 * says so, and heals by itself.
 *
 * @returns the exit code.
 * @throws ConfigError where the connection to Temporal cannot be set up; EncryptionKeysError.
 */
export async function startWebProcess(config: ApiConfig, options: WebProcessOptions): Promise<number> {
  const log = createLog(config.log.level);
  const { connectionOptions, namespace } = connectionSettings(config);
  using stop = listenForStop({ exitWithParent: options.exitWithParent, onImpatience: () => process.exit(1) });
  const ring = await openKeyRing(config.encryption);
  const dataConverter = createDataConverter(ring);
  const connection = Connection.lazy(closable(connectionOptions));
  const client = new Client({ connection, namespace, dataConverter });
  const { taskQueue } = config.temporal;
  const { listen, publicUrl, codecOrigins, ...settings } = config.api;
  const url = publicUrl ?? `http://localhost:${listen.port}`;
  const licenseflow = createLicenseflow({ client, taskQueue, answerWithinMs: ANSWER_MS });
  const server = await createWebServer({
    ...{ ...settings, log, publicUrl: url, licenseflow, pages: options.pages ?? [consolePages({ licenseflow })] },
    codec: ring === null ? null : { codec: new EncryptionCodec(ring), origins: codecOrigins },
    impatient: createLicenseflow({ client, taskQueue, answerWithinMs: READY_ANSWER_MS }),
  });
  try {
    await server.listen({ host: listen.host, port: listen.port });
    const ready: WebReadyLine = { ready: true, url, pid: process.pid };
    log.info(ready, 'The API is served.');
    if (options.readyJson) process.stdout.write(`${JSON.stringify(ready)}\n`);
    await new Promise<void>((resolve) => {
      if (stop.signal.aborted) resolve();
      else stop.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    log.info('The API has ended in order.');
    return 0;
  } catch (error) {
    log.fatal({ error }, error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    await server.close();
    await connection.close();
  }
}
