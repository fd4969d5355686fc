import type { Client } from '@temporalio/client';

/** Where the workflows of one installation are. Several may share a namespace, and lists show each its own. */
export interface Installation {
  readonly client: Client;
  readonly taskQueue: string;
}
