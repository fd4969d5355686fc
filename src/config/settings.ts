/**
 * Every setting of licenseflow, and the ways to give it. The first way that is used wins: an option of the command line,
 * a variable of licenseflow's own, a variable that other Temporal tools use too (`shared`), the configuration file, and
 * last a variable of the Azure tools (`azure`).
 */
export interface Setting {
  /** Its place in the configuration file. */
  readonly key: string;
  readonly env: `LICENSEFLOW_${string}`;
  readonly flag?: `--${string}`;
  readonly shared?: `TEMPORAL_${string}`;
  readonly azure?: `AZURE_${string}`;
  /**
   * `number` is read from the text of a variable. A `path` is relative to the folder of the configuration file that
   * names it, else to the working folder. A `secret` is taken from variables only: files are copied and committed, and
   * command lines are seen by everyone on the machine.
   */
  readonly is: 'text' | 'number' | 'path' | 'secret';
  /** For people. */
  readonly about: string;
}

export const SETTINGS = [
  {
    key: 'temporal.profile',
    env: 'LICENSEFLOW_TEMPORAL_PROFILE',
    flag: '--profile',
    shared: 'TEMPORAL_PROFILE',
    is: 'text',
    about: 'Profile of the Temporal client configuration file.',
  },
  {
    key: 'temporal.configFile',
    env: 'LICENSEFLOW_TEMPORAL_CONFIG_FILE',
    shared: 'TEMPORAL_CONFIG_FILE',
    is: 'path',
    about: 'Temporal client configuration file (TOML), as the temporal command line uses it.',
  },
  {
    key: 'temporal.address',
    env: 'LICENSEFLOW_TEMPORAL_ADDRESS',
    flag: '--address',
    shared: 'TEMPORAL_ADDRESS',
    is: 'text',
    about: 'host:port of Temporal.',
  },
  {
    key: 'temporal.namespace',
    env: 'LICENSEFLOW_TEMPORAL_NAMESPACE',
    flag: '--namespace',
    shared: 'TEMPORAL_NAMESPACE',
    is: 'text',
    about: 'Temporal namespace.',
  },
  {
    key: 'temporal.taskQueue',
    env: 'LICENSEFLOW_TEMPORAL_TASK_QUEUE',
    flag: '--task-queue',
    is: 'text',
    about: 'Task queue of workflows and reads; that of writes is named after it.',
  },
  {
    key: 'graph.tenantId',
    env: 'LICENSEFLOW_GRAPH_TENANT_ID',
    azure: 'AZURE_TENANT_ID',
    is: 'text',
    about: 'Microsoft Entra tenant: its id, or one of its domains.',
  },
  {
    key: 'graph.cloud',
    env: 'LICENSEFLOW_GRAPH_CLOUD',
    is: 'text',
    about: 'Microsoft cloud: global (also GCC), us-gov-l4 (GCC High), us-gov-l5-dod or china.',
  },
  {
    key: 'graph.graphUrl',
    env: 'LICENSEFLOW_GRAPH_URL',
    is: 'text',
    about: 'Instead of a cloud: https address of a Graph of your own, such as a simulated tenant.',
  },
  {
    key: 'graph.authorityHost',
    env: 'LICENSEFLOW_GRAPH_AUTHORITY_HOST',
    is: 'text',
    about: 'Goes with graphUrl: https address of its sign-in service.',
  },
  {
    key: 'graph.credential.kind',
    env: 'LICENSEFLOW_GRAPH_CREDENTIAL',
    is: 'text',
    about: 'How the application signs in; found out from the other credential settings where that is clear.',
  },
  {
    key: 'graph.credential.clientId',
    env: 'LICENSEFLOW_GRAPH_CLIENT_ID',
    azure: 'AZURE_CLIENT_ID',
    is: 'text',
    about: 'Application (client) id.',
  },
  {
    key: 'graph.credential.clientSecret',
    env: 'LICENSEFLOW_GRAPH_CLIENT_SECRET',
    azure: 'AZURE_CLIENT_SECRET',
    is: 'secret',
    about: 'Client secret; better kept in a file (clientSecretFile).',
  },
  {
    key: 'graph.credential.clientSecretFile',
    env: 'LICENSEFLOW_GRAPH_CLIENT_SECRET_FILE',
    is: 'path',
    about: 'File that holds the client secret and nothing else.',
  },
  {
    key: 'graph.credential.certificateFile',
    env: 'LICENSEFLOW_GRAPH_CLIENT_CERTIFICATE_FILE',
    azure: 'AZURE_CLIENT_CERTIFICATE_PATH',
    is: 'path',
    about: 'PEM file with the certificate of the application and its private key.',
  },
  {
    key: 'graph.credential.certificatePassword',
    env: 'LICENSEFLOW_GRAPH_CLIENT_CERTIFICATE_PASSWORD',
    azure: 'AZURE_CLIENT_CERTIFICATE_PASSWORD',
    is: 'secret',
    about: 'Password of the private key; better kept in a file (certificatePasswordFile).',
  },
  {
    key: 'graph.credential.certificatePasswordFile',
    env: 'LICENSEFLOW_GRAPH_CLIENT_CERTIFICATE_PASSWORD_FILE',
    is: 'path',
    about: 'File that holds the password of the private key and nothing else.',
  },
  {
    key: 'graph.credential.federatedTokenFile',
    env: 'LICENSEFLOW_GRAPH_FEDERATED_TOKEN_FILE',
    azure: 'AZURE_FEDERATED_TOKEN_FILE',
    is: 'path',
    about: 'Token file of a workload identity.',
  },
  {
    key: 'graph.timeout',
    env: 'LICENSEFLOW_GRAPH_TIMEOUT',
    is: 'text',
    about: 'Longest time for one call to Graph, sign-in included.',
  },
  {
    key: 'graph.writeShare',
    env: 'LICENSEFLOW_GRAPH_WRITE_SHARE',
    is: 'number',
    about: "Part of the tenant's write quota for this worker, above 0 and at most 1; several workers divide it.",
  },
  {
    key: 'graph.writesInFlightMax',
    env: 'LICENSEFLOW_GRAPH_WRITES_IN_FLIGHT_MAX',
    is: 'number',
    about: 'Most licence writes at the same time; the worker finds out how many the tenant takes, up to this.',
  },
  {
    key: 'policy.file',
    env: 'LICENSEFLOW_POLICY_FILE',
    flag: '--policy',
    is: 'path',
    about: 'Approval policy (YAML): which products can be asked for, and who must agree.',
  },
  {
    key: 'notices.mail.from',
    env: 'LICENSEFLOW_NOTICES_MAIL_FROM',
    is: 'text',
    about: 'Mailbox of the tenant that notices are sent from; without it there are no mails.',
  },
  {
    key: 'notices.webhook.url',
    env: 'LICENSEFLOW_NOTICES_WEBHOOK_URL',
    is: 'secret',
    about: 'Address that gets notices as signed JSON; better kept in a file (urlFile).',
  },
  {
    key: 'notices.webhook.urlFile',
    env: 'LICENSEFLOW_NOTICES_WEBHOOK_URL_FILE',
    is: 'path',
    about: 'File that holds this address and nothing else.',
  },
  {
    key: 'notices.webhook.secret',
    env: 'LICENSEFLOW_NOTICES_WEBHOOK_SECRET',
    is: 'secret',
    about:
      'What the JSON is signed with, as Standard Webhooks has it: whsec_ and base64; better kept in a file (secretFile).',
  },
  {
    key: 'notices.webhook.secretFile',
    env: 'LICENSEFLOW_NOTICES_WEBHOOK_SECRET_FILE',
    is: 'path',
    about: 'File that holds this secret and nothing else.',
  },
  {
    key: 'notices.teams.url',
    env: 'LICENSEFLOW_NOTICES_TEAMS_URL',
    is: 'secret',
    about: 'Address of a Teams workflow that posts notices; better kept in a file (urlFile).',
  },
  {
    key: 'notices.teams.urlFile',
    env: 'LICENSEFLOW_NOTICES_TEAMS_URL_FILE',
    is: 'path',
    about: 'File that holds this address and nothing else.',
  },
  {
    key: 'audit.url',
    env: 'LICENSEFLOW_AUDIT_URL',
    is: 'secret',
    about: 'PostgreSQL database of the audit trail, one for all workers; better kept in a file (urlFile).',
  },
  {
    key: 'audit.urlFile',
    env: 'LICENSEFLOW_AUDIT_URL_FILE',
    is: 'path',
    about: 'File that holds this address and nothing else.',
  },
  {
    key: 'audit.folder',
    env: 'LICENSEFLOW_AUDIT_FOLDER',
    is: 'path',
    about: 'Instead of a database: folder in which the only worker keeps the audit trail itself.',
  },
  {
    key: 'api.listen',
    env: 'LICENSEFLOW_API_LISTEN',
    flag: '--listen',
    is: 'text',
    about: 'host:port on which API and console listen.',
  },
  {
    key: 'api.publicUrl',
    env: 'LICENSEFLOW_API_PUBLIC_URL',
    is: 'text',
    about: 'Origin under which browsers reach them; https, except on this machine.',
  },
  {
    key: 'api.trustedProxies',
    env: 'LICENSEFLOW_API_TRUSTED_PROXIES',
    is: 'text',
    about: 'Addresses or networks of the proxies before them, separated by commas.',
  },
  {
    key: 'api.authorityHost',
    env: 'LICENSEFLOW_API_AUTHORITY_HOST',
    is: 'text',
    about: 'https address of the sign-in service.',
  },
  {
    key: 'api.tenantId',
    env: 'LICENSEFLOW_API_TENANT_ID',
    is: 'text',
    about: 'Id of the Microsoft Entra tenant whose people may sign in.',
  },
  {
    key: 'api.clientId',
    env: 'LICENSEFLOW_API_CLIENT_ID',
    is: 'text',
    about: 'Application (client) id of API and console.',
  },
  {
    key: 'api.clientSecret',
    env: 'LICENSEFLOW_API_CLIENT_SECRET',
    is: 'secret',
    about: 'Its client secret; better kept in a file (clientSecretFile).',
  },
  {
    key: 'api.clientSecretFile',
    env: 'LICENSEFLOW_API_CLIENT_SECRET_FILE',
    is: 'path',
    about: 'File that holds this client secret and nothing else.',
  },
  {
    key: 'api.audience',
    env: 'LICENSEFLOW_API_AUDIENCE',
    is: 'text',
    about: 'Audience of access tokens; the application id unless it says otherwise.',
  },
  {
    key: 'api.scope',
    env: 'LICENSEFLOW_API_SCOPE',
    is: 'text',
    about: 'Delegated permission that access tokens of people must hold.',
  },
  {
    key: 'api.sessionSecret',
    env: 'LICENSEFLOW_API_SESSION_SECRET',
    is: 'secret',
    about: 'What cookies are signed with, 32 characters or more; better kept in a file (sessionSecretFile).',
  },
  {
    key: 'api.sessionSecretFile',
    env: 'LICENSEFLOW_API_SESSION_SECRET_FILE',
    is: 'path',
    about: 'File that holds this secret and nothing else; a line each for a new one and the ones before.',
  },
  {
    key: 'api.sessionIdle',
    env: 'LICENSEFLOW_API_SESSION_IDLE',
    is: 'text',
    about: 'A session ends after so long without use.',
  },
  {
    key: 'api.sessionLifetime',
    env: 'LICENSEFLOW_API_SESSION_LIFETIME',
    is: 'text',
    about: 'A session ends after so long in any case; roles that were taken away count until then.',
  },
  {
    key: 'api.codecOrigins',
    env: 'LICENSEFLOW_API_CODEC_ORIGINS',
    is: 'text',
    about: 'Origins of Temporal UIs that may ask for decrypted payloads, separated by commas.',
  },
  {
    key: 'api.callsPerMinute',
    env: 'LICENSEFLOW_API_CALLS_PER_MINUTE',
    is: 'number',
    about: 'Most calls of one person in a minute.',
  },
  {
    key: 'worker.workflowTasks',
    env: 'LICENSEFLOW_WORKER_WORKFLOW_TASKS',
    is: 'number',
    about: 'Workflow tasks at the same time.',
  },
  {
    key: 'worker.readActivities',
    env: 'LICENSEFLOW_WORKER_READ_ACTIVITIES',
    is: 'number',
    about: 'Directory reads at the same time.',
  },
  {
    key: 'worker.cachedWorkflows',
    env: 'LICENSEFLOW_WORKER_CACHED_WORKFLOWS',
    is: 'number',
    about: 'Workflows kept in memory, at about 1 MB each.',
  },
  {
    key: 'worker.writesPerSecond',
    env: 'LICENSEFLOW_WORKER_WRITES_PER_SECOND',
    is: 'number',
    about: 'Limit on writes that Temporal keeps over all workers together; the same for each of them.',
  },
  {
    key: 'worker.shutdownGrace',
    env: 'LICENSEFLOW_WORKER_SHUTDOWN_GRACE',
    is: 'text',
    about: 'How long a worker that is told to end waits for writes in flight.',
  },
  {
    key: 'encryption.keys',
    env: 'LICENSEFLOW_ENCRYPTION_KEYS',
    is: 'secret',
    about: 'Keys that encrypt payloads, as id:base64, the current one first; better kept in a file (keysFile).',
  },
  {
    key: 'encryption.keysFile',
    env: 'LICENSEFLOW_ENCRYPTION_KEYS_FILE',
    is: 'path',
    about: 'File that holds these keys, one a line; `licenseflow keys new` makes it.',
  },
  {
    key: 'encryption.keyVaultUrl',
    env: 'LICENSEFLOW_ENCRYPTION_KEY_VAULT_URL',
    is: 'text',
    about: 'Instead: address of an Azure Key Vault.',
  },
  {
    key: 'encryption.keyVaultSecret',
    env: 'LICENSEFLOW_ENCRYPTION_KEY_VAULT_SECRET',
    is: 'text',
    about: 'Goes with keyVaultUrl: name of the secret that holds the text of a key file.',
  },
  {
    key: 'metrics.listen',
    env: 'LICENSEFLOW_METRICS_LISTEN',
    is: 'text',
    about: 'host:port where the worker serves metrics for Prometheus; without it there are none.',
  },
  {
    key: 'log.level',
    env: 'LICENSEFLOW_LOG_LEVEL',
    flag: '--log-level',
    is: 'text',
    about: 'Least severe level that is logged: trace, debug, info, warn, error or fatal.',
  },
] as const satisfies readonly Setting[];

export type SettingKey = (typeof SETTINGS)[number]['key'];

/** Settings that have an option on the command line. */
export type FlagKey = Extract<(typeof SETTINGS)[number], { flag: string }>['key'];

/** Names the configuration file itself. */
export const CONFIG_FILE = {
  flag: '--config',
  env: 'LICENSEFLOW_CONFIG',
  /** In the working folder; used where it exists and nothing else is named. */
  default: 'licenseflow.yaml',
} as const;
