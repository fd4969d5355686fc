/** What an operator asks and tells a Temporal server about the namespace; requests go through the client library. */
import type { Connection } from '@temporalio/client';
import { isGrpcServiceError } from '@temporalio/client';
import type { SearchAttributeType } from '@temporalio/common';
import { msToTs, optionalTsToDate, optionalTsToMs } from '@temporalio/common/lib/time.js';
import proto from '@temporalio/proto';
import { LicenseflowError } from '../client/licenseflow-error.js';
import { callingTemporal } from '../client/temporal-errors.js';

const { IndexedValueType, TaskQueueType } = proto.temporal.api.enums.v1;

const GRPC_NOT_FOUND = 5;
const GRPC_ALREADY_EXISTS = 6;
const GRPC_PERMISSION_DENIED = 7;
const GRPC_UNIMPLEMENTED = 12;

export interface Attribute {
  readonly name: string;
  readonly type: SearchAttributeType;
}

/** The namespace of one connection, as the server administers it. Every call throws LicenseflowError `unreachable`. */
export interface TemporalServer {
  /** Version of the server software. */
  version(): Promise<string>;
  /** `null` where there is no such namespace. */
  namespace(): Promise<{ readonly retentionMs: number | null } | null>;
  /** Makes the namespace, unless it is there. */
  createNamespace(retentionMs: number): Promise<'created' | 'existed'>;
  /** Type of each custom search attribute, by name. */
  searchAttributes(): Promise<ReadonlyMap<string, string>>;
  /** @throws LicenseflowError `refused` where the server lets only its own tools do that, as Temporal Cloud does. */
  addSearchAttributes(attributes: readonly Attribute[]): Promise<void>;
  /** When a worker last asked for work of this kind, or `null` where none has in the last minutes. By the server's clock. */
  lastPoll(taskQueue: string, kind: 'workflow' | 'activity'): Promise<Date | null>;
}

export class ConnectedServer implements TemporalServer {
  constructor(
    private readonly connection: Connection,
    private readonly namespaceName: string,
    private readonly answerWithinMs: number,
  ) {}

  async version(): Promise<string> {
    const { serverVersion } = await this.#call(() => this.connection.workflowService.getSystemInfo({}));
    return serverVersion || 'unknown';
  }

  async namespace(): Promise<{ readonly retentionMs: number | null } | null> {
    try {
      const { config } = await this.#raw(() =>
        this.connection.workflowService.describeNamespace({ namespace: this.namespaceName }),
      );
      return { retentionMs: optionalTsToMs(config?.workflowExecutionRetentionTtl) ?? null };
    } catch (error) {
      if (codeOf(error) === GRPC_NOT_FOUND) return null;
      return this.#call(() => Promise.reject(error as Error));
    }
  }

  async createNamespace(retentionMs: number): Promise<'created' | 'existed'> {
    try {
      await this.#raw(() =>
        this.connection.workflowService.registerNamespace({
          namespace: this.namespaceName,
          workflowExecutionRetentionPeriod: msToTs(retentionMs),
        }),
      );
      return 'created';
    } catch (error) {
      if (codeOf(error) === GRPC_ALREADY_EXISTS) return 'existed';
      throw isNotOffered(error) ? notOffered('a namespace', error, this.namespaceName, []) : await translated(error);
    }
  }

  async searchAttributes(): Promise<ReadonlyMap<string, string>> {
    const { customAttributes } = await this.#call(() =>
      this.connection.operatorService.listSearchAttributes({ namespace: this.namespaceName }),
    );
    return new Map(Object.entries(customAttributes ?? {}).map(([name, type]) => [name, typeName(type)]));
  }

  async addSearchAttributes(attributes: readonly Attribute[]): Promise<void> {
    const searchAttributes = Object.fromEntries(attributes.map(({ name, type }) => [name, typeNumber(type)]));
    try {
      await this.#raw(() =>
        this.connection.operatorService.addSearchAttributes({ namespace: this.namespaceName, searchAttributes }),
      );
    } catch (error) {
      // Someone else registered one of them in the same moment; what is missing is looked up again by the caller.
      if (codeOf(error) === GRPC_ALREADY_EXISTS) return;
      throw isNotOffered(error)
        ? notOffered('search attributes', error, this.namespaceName, attributes)
        : await translated(error);
    }
  }

  async lastPoll(taskQueue: string, kind: 'workflow' | 'activity'): Promise<Date | null> {
    const taskQueueType =
      kind === 'workflow' ? TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW : TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY;
    const { pollers } = await this.#call(() =>
      this.connection.workflowService.describeTaskQueue({
        namespace: this.namespaceName,
        taskQueue: { name: taskQueue },
        taskQueueType,
      }),
    );
    const times = (pollers ?? []).map(({ lastAccessTime }) => optionalTsToDate(lastAccessTime)?.getTime() ?? 0);
    return times.length === 0 ? null : new Date(Math.max(...times));
  }

  #call<T>(call: () => Promise<T>): Promise<T> {
    return callingTemporal(() => this.#raw(call));
  }

  #raw<T>(call: () => Promise<T>): Promise<T> {
    return this.connection.withDeadline(Date.now() + this.answerWithinMs, call);
  }
}

function codeOf(error: unknown): number | null {
  return isGrpcServiceError(error) ? Number(error.code) : null;
}

function isNotOffered(error: unknown): boolean {
  const code = codeOf(error);
  return code === GRPC_PERMISSION_DENIED || code === GRPC_UNIMPLEMENTED;
}

function translated(error: unknown): Promise<unknown> {
  return callingTemporal(() => Promise.reject(error as Error)).catch((reason: unknown) => reason);
}

function notOffered(
  what: string,
  cause: unknown,
  namespace: string,
  attributes: readonly Attribute[],
): LicenseflowError {
  const add = attributes.map(({ name, type }) => `--search-attribute "${name}=${cloudType(type)}"`).join(' ');
  return new LicenseflowError(
    'refused',
    'NOT_ADMINISTRABLE',
    `The server does not let this account create ${what}.`,
    attributes.length === 0
      ? `On Temporal Cloud, create namespace ${namespace} in its console; elsewhere, use an administrator's account.`
      : `On Temporal Cloud, run: tcld namespace search-attributes add --namespace ${namespace} ${add}`,
    { cause },
  );
}

/** `KEYWORD_LIST`, as the SDK names types. */
function typeName(type: number): string {
  return (IndexedValueType[type] ?? 'UNKNOWN').replace('INDEXED_VALUE_TYPE_', '');
}

function typeNumber(type: SearchAttributeType): number {
  return IndexedValueType[`INDEXED_VALUE_TYPE_${type}`];
}

/** `KeywordList`, as Temporal Cloud's own tool names types. */
function cloudType(type: string): string {
  return type
    .toLowerCase()
    .split('_')
    .map((word) => `${word.charAt(0).toUpperCase()}${word.slice(1)}`)
    .join('');
}
