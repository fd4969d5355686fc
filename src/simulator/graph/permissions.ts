/**
 * Who may call what: permissions of applications and signed-in users, and roles of the latter, from Microsoft's
 * reference of each operation.
 */
import { graphError } from '../graph-error.js';
import type { Principal } from './graph-call.js';
import type { Operation, OperationRequest } from './operation.js';

export const READ_USERS = ['User.Read.All', 'User.ReadWrite.All', 'Directory.Read.All', 'Directory.ReadWrite.All'];
export const WRITE_USERS = ['User.ReadWrite.All', 'Directory.ReadWrite.All'];
export const READ_MEMBERS = [
  'GroupMember.Read.All',
  'GroupMember.ReadWrite.All',
  'Group.Read.All',
  'Group.ReadWrite.All',
  'Directory.Read.All',
  'Directory.ReadWrite.All',
];
export const LICENSE_ROLES = [
  'License Administrator',
  'User Administrator',
  'Directory Writers',
  'Global Administrator',
];

/** @throws GraphError E14 where the token's permissions, or the signed-in user's roles, are not enough. */
export function checkPermission(operation: Operation, principal: Principal, own: boolean): void {
  const enough = own ? [...operation.permissions, ...(operation.ownPermissions ?? [])] : operation.permissions;
  if (!principal.permissions.some((permission) => enough.includes(permission))) throw graphError('E14');
  const { roles } = operation;
  if (principal.signedInUserId === null || !roles) return;
  const held = principal.tenant.directory.user(principal.signedInUserId)?.directoryRoles ?? [];
  if (!held.some((role) => roles.includes(role))) throw graphError('E14');
}

/** Users of a restricted management unit may be written by its own administrators only. */
export function checkProtection(operation: Operation, { user }: OperationRequest): void {
  if (operation.writesUser === true && user?.restrictedManagement === true) throw graphError('E14');
}
