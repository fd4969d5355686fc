/**
 * Which way to sign in is meant. Where it is not said, the settings that were given show it; variables of the Azure tools
 * only fill in what belongs to that way, because on many machines they lie around for other programs.
 */
import type { CredentialKind } from './credential.js';
import type { Given, GivenSettings } from './given-settings.js';
import type { SettingKey } from './settings.js';

type CredentialKey = Extract<SettingKey, `graph.credential.${string}`>;

const KIND: CredentialKey = 'graph.credential.kind';
const CLIENT_ID: CredentialKey = 'graph.credential.clientId';

/** What belongs to each way. `shownBy` is what no other way has. */
const WAYS: Readonly<
  Record<CredentialKind, { readonly shownBy: readonly CredentialKey[]; readonly takes: readonly CredentialKey[] }>
> = {
  'client-secret': {
    shownBy: ['graph.credential.clientSecret', 'graph.credential.clientSecretFile'],
    takes: [CLIENT_ID],
  },
  'client-certificate': {
    shownBy: ['graph.credential.certificateFile'],
    takes: [CLIENT_ID, 'graph.credential.certificatePassword', 'graph.credential.certificatePasswordFile'],
  },
  'workload-identity': { shownBy: ['graph.credential.federatedTokenFile'], takes: [CLIENT_ID] },
  'managed-identity': { shownBy: [], takes: [CLIENT_ID] },
  default: { shownBy: [], takes: [] },
};

const KINDS = Object.keys(WAYS) as CredentialKind[];

export interface CredentialProblem {
  readonly key: SettingKey;
  readonly text: string;
}

/**
 * Completes `given` with `kind`, and with what `azure` has for that kind; returns what cannot be right. A kind that is
 * unknown, or that nothing shows, is left to the schema.
 */
export function completeCredential(given: GivenSettings, azure: GivenSettings): readonly CredentialProblem[] {
  const named = given.get(KIND);
  const shown = kindsShown(given);
  const kind = named?.value ?? shown[0] ?? kindsShown(azure)[0];
  if (!isKind(kind)) return [];
  if (named === undefined) given.set(KIND, { value: kind, origin: originOfKind(kind, given, azure) });
  if (named === undefined && shown.length > 1) return [severalWays(given, shown)];
  const strangers = keysOf(given).filter((key) => key !== KIND && !keysOfKind(kind).includes(key));
  fillIn(kind, given, azure);
  return strangers.map((key) => ({ key, text: `does not go with the credential "${kind}". Remove one of the two.` }));
}

function kindsShown(settings: GivenSettings): readonly CredentialKind[] {
  return KINDS.filter((kind) => WAYS[kind].shownBy.some((key) => settings.has(key)));
}

function severalWays(given: GivenSettings, kinds: readonly CredentialKind[]): CredentialProblem {
  const keys = kinds.flatMap((kind) => WAYS[kind].shownBy).filter((key) => given.has(key));
  return { key: KIND, text: `is not clear: ${keys.join(' and ')} are given. Keep the settings of one way to sign in.` };
}

function originOfKind(kind: CredentialKind, given: GivenSettings, azure: GivenSettings): Given['origin'] {
  const shownBy = WAYS[kind].shownBy.map((key) => given.get(key) ?? azure.get(key));
  return shownBy.find((setting) => setting !== undefined)?.origin ?? { name: KIND, fromFile: false };
}

function keysOf(given: GivenSettings): readonly CredentialKey[] {
  return [...given.keys()].filter((key): key is CredentialKey => key.startsWith('graph.credential.'));
}

function keysOfKind(kind: CredentialKind): readonly CredentialKey[] {
  return [...WAYS[kind].shownBy, ...WAYS[kind].takes];
}

function fillIn(kind: CredentialKind, given: GivenSettings, azure: GivenSettings): void {
  for (const key of keysOfKind(kind)) {
    const value = azure.get(key);
    // AZURE_CLIENT_ID would quietly make another identity of the machine's own.
    const unwanted = kind === 'managed-identity' || given.has(key) || given.has(`${key}File` as SettingKey);
    if (value !== undefined && !unwanted) given.set(key, value);
  }
}

function isKind(value: unknown): value is CredentialKind {
  return KINDS.some((kind) => kind === value);
}
