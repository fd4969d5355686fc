/** The log of a worker: one JSON object a line on stderr, without names, addresses and tokens. */
import type { Logger as TemporalLogger, LogLevel, LogMetadata } from '@temporalio/common';
import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino';
import type { Config } from '../config/config-schema.js';
import { LICENSE_REQUEST } from '../contracts/license-request.js';
import { QUERY_AHEAD } from '../contracts/query-ahead.js';

/**
 * @param destination default stderr, written at once: the last lines before an end are the ones that matter, and stdout
 * belongs to what a command answers.
 */
export function createLog(
  level: Config['log']['level'],
  destination: DestinationStream = pino.destination({ fd: process.stderr.fd, sync: true }),
): Logger {
  return pino(
    {
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: stdSerializers.err },
      hooks: { streamWrite: withoutPersonalData },
    },
    destination,
  );
}

/** Mail addresses and user principal names, and access tokens: error texts of Graph and of libraries may hold them. */
const ADDRESS = /[\p{L}\p{N}._%+#'~-]{1,113}@[\p{L}\p{N}-]{1,63}(?:\.[\p{L}\p{N}-]{1,63}){1,8}/gu;
const TOKEN = /\beyJ[\w-]{10,}\.[\w-]+(?:\.[\w-]*)?/g;

function withoutPersonalData(line: string): string {
  return line.replace(TOKEN, '[token removed]').replace(ADDRESS, '[address removed]');
}

/** The same log for the Temporal SDK, its native part included. */
export function temporalLogger(log: Logger): TemporalLogger {
  const write = (level: LogLevel, message: string, meta: LogMetadata = {}): void => {
    log[PINO_LEVEL[isExpected(message, meta) ? 'DEBUG' : level]](meta, message);
  };
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}

function isExpected(message: string, meta: LogMetadata): boolean {
  return message === NO_WORKFLOWS || isExpectedEnd(message, meta) || isQueryAhead(message, meta);
}

/** The SDK warns of a worker without workflows; the one of the write queue has none on purpose. */
const NO_WORKFLOWS = 'No workflows registered, not polling for workflow tasks';

/**
 * The SDK warns of every failed workflow. A request that was refused, or whose change could not be made, ends as one by
 * design, so that its id may be used again, and tells it by its answer. On its way out of the workflow's thread the
 * failure loses its type; its class is left in the stack, and a request ends with no `ApplicationFailure` but these two.
 */
function isExpectedEnd(message: string, { workflowType, error }: LogMetadata): boolean {
  return (
    message === 'Workflow failed' &&
    workflowType === LICENSE_REQUEST &&
    error instanceof Error &&
    /^ApplicationFailure\b/.test(error.stack ?? '')
  );
}

/** The client asks again; neither the person nor the workflow notices. The native part warns of the same. */
function isQueryAhead(message: string, { error, failure }: LogMetadata): boolean {
  return (
    (message === 'Failed to process Workflow Activation' && error instanceof Error && error.message === QUERY_AHEAD) ||
    (message === 'Failing legacy query request' && String(failure).includes(QUERY_AHEAD))
  );
}

const PINO_LEVEL = { TRACE: 'trace', DEBUG: 'debug', INFO: 'info', WARN: 'warn', ERROR: 'error' } as const;
