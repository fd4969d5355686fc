/** The users of a campaign from a CSV file: read as a stream, and accepted whole or not at all. */
import type { Readable } from 'node:stream';
import type { CampaignWish } from '../contracts/campaign.js';
import type { CampaignRow } from '../contracts/campaign-page.js';

/** A file that was read and found good. */
export interface CampaignFile {
  readonly kind: 'file';
  /** As people call it. */
  readonly name: string;
  /** Each user once, in the order of the file. */
  readonly rows: readonly CampaignRow[];
  /** What rows ask for, each wish once; rows refer to it by index. */
  readonly wishes: readonly CampaignWish[];
  /** Rows that said the same of the same user once more. */
  readonly merged: number;
}

export interface CsvOptions {
  /** How the file is called in messages and in the campaign. @default its path */
  readonly name?: string;
  /** For rows that name no products. Its `losing` counts for all rows. */
  readonly wish: CampaignWish;
  /** Whether products that rows add keep what is off; undefined where neither is said: then a row with `remove` does. */
  readonly keepPlans?: boolean;
  readonly signal?: AbortSignal;
}

/**
 * Reads the users of a campaign.
 *
 * @param source path of the file, or its bytes.
 * @throws LicenseflowError `invalid` with the bad rows and their lines, `not-found` where there is no such file.
 */
export async function readCampaignCsv(source: string | Readable, options: CsvOptions): Promise<CampaignFile> {
  throw new Error(`Not read yet: ${typeof source} ${options.name ?? ''}`);
}
