/** How this process proves who it is: one credential of `@azure/identity` for each way an application can sign in. */
import type { TokenCredential } from '@azure/identity';
import {
  ClientCertificateCredential,
  ClientSecretCredential,
  DefaultAzureCredential,
  ManagedIdentityCredential,
  WorkloadIdentityCredential,
} from '@azure/identity';
import type { Cloud } from './clouds.js';

/** The ways to sign in. Secrets are values here; where they are read from is the configuration's business. */
export type CredentialConfig =
  | { readonly kind: 'client-secret'; readonly clientId: string; readonly clientSecret: string }
  | {
      readonly kind: 'client-certificate';
      readonly clientId: string;
      /** PEM file that holds the certificate and its private key. */
      readonly certificatePath: string;
      readonly certificatePassword?: string;
    }
  | {
      readonly kind: 'workload-identity';
      /** Otherwise from `AZURE_CLIENT_ID`, as the workload identity webhook of Kubernetes sets it. */
      readonly clientId?: string;
      /** Otherwise from `AZURE_FEDERATED_TOKEN_FILE`. The file is read again when it is rotated. */
      readonly tokenFilePath?: string;
    }
  /** Without `clientId`: the system-assigned identity. */
  | { readonly kind: 'managed-identity'; readonly clientId?: string }
  /** Whatever the environment offers, in the order of `DefaultAzureCredential` (narrowed by `AZURE_TOKEN_CREDENTIALS`). */
  | { readonly kind: 'default' };

/**
 * The credential for `config` in one tenant of one cloud. Nothing is sent yet: a wrong secret shows at the first call.
 *
 * @throws `Error` of `@azure/identity` where a required value is missing or an id is malformed.
 */
export function createCredential(
  config: CredentialConfig,
  { cloud, tenantId }: { readonly cloud: Cloud; readonly tenantId: string },
): TokenCredential {
  const options = {
    authorityHost: cloud.authorityHost,
    disableInstanceDiscovery: !cloud.instanceDiscovery,
    // Temporal retries; a retry in here would only hide seconds inside one activity attempt.
    retryOptions: { maxRetries: 0 },
  };
  switch (config.kind) {
    case 'client-secret':
      return new ClientSecretCredential(tenantId, config.clientId, config.clientSecret, options);
    case 'client-certificate':
      return new ClientCertificateCredential(tenantId, config.clientId, certificateOf(config), options);
    case 'workload-identity':
      return new WorkloadIdentityCredential({
        ...options,
        tenantId,
        ...(config.clientId !== undefined && { clientId: config.clientId }),
        ...(config.tokenFilePath !== undefined && { tokenFilePath: config.tokenFilePath }),
      });
    case 'managed-identity':
      return config.clientId === undefined
        ? new ManagedIdentityCredential(options)
        : new ManagedIdentityCredential({ ...options, clientId: config.clientId });
    case 'default':
      return new DefaultAzureCredential({ ...options, tenantId });
  }
}

function certificateOf(config: Extract<CredentialConfig, { kind: 'client-certificate' }>) {
  return {
    certificatePath: config.certificatePath,
    ...(config.certificatePassword !== undefined && { certificatePassword: config.certificatePassword }),
  };
}
