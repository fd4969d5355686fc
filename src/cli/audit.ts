import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type { AuditKind } from '../domain/audit.js';
import { AUDIT_KINDS } from '../domain/audit.js';
import { withExamples } from './examples.js';
import type { Bind } from './invocation.js';
import { collect, parseCount, parsePerson, parseRequestId } from './option-values.js';

/** `licenseflow audit`: who asked, who decided, what was changed. */
export function registerAudit(program: Command, bind: Bind): void {
  const audit = program.command('audit').description('who asked, who decided, why, and what was changed; for years');
  withExamples(audit, [
    'licenseflow audit search --person AdeleV@contoso.com',
    'licenseflow audit export -o audit.ndjson',
    'licenseflow audit verify audit.ndjson',
    'licenseflow audit history AdeleV@contoso.com',
  ]);
  registerSearch(audit, bind);
  registerExport(audit, bind);
  registerVerify(audit, bind);
  registerHistory(audit, bind);
}

function registerSearch(audit: Command, bind: Bind): void {
  const search = audit
    .command('search')
    .description('entries of the audit trail, the newest first')
    .option('--person <user>', 'whose licences it is about', parsePerson)
    .option('--actor <user>', 'who did it', parsePerson)
    .option('--request <id>', 'a request and its rollback', parseRequestId)
    .option('--campaign <id>', 'a campaign and its users', parseRequestId)
    .option('--kind <kind>', 'what happened, such as request.decided; may be repeated', collect(parseKind))
    .option('--since <time>', 'from this day or time on (2027-02-28)')
    .option('--until <time>', 'before this day or time')
    .option('--behind <number>', 'only entries before this one: the next page', parseEntryNumber)
    .option('--limit <count>', 'at most so many', parseCount, 50);
  withExamples(search, [
    'licenseflow audit search --person AdeleV@contoso.com',
    'licenseflow audit search --actor MeganB@contoso.com --kind request.decided --since 2026-01-01',
    'licenseflow audit search --campaign e3-to-e5 --limit 200 --json',
  ]);
  bind(search, async () => (await import('./audit/search.js')).searchAudit);
}

function registerExport(audit: Command, bind: Bind): void {
  const command = audit
    .command('export')
    .description('the whole audit trail as one file that can be verified by itself')
    .option('-o, --output <file>', 'file to write; - or nothing is stdout')
    .addOption(
      new Option('--format <format>', 'by default as the file is named, else ndjson').choices(['ndjson', 'csv']),
    )
    .option('--save-head <file>', 'write down how far it goes, to be kept elsewhere');
  withExamples(command, [
    'licenseflow audit export -o audit.ndjson',
    'licenseflow audit export -o audit.csv',
    'licenseflow audit export -o audit.ndjson --save-head audit-head.json',
  ]);
  bind(command, async () => (await import('./audit/export.js')).exportAudit);
}

function registerVerify(audit: Command, bind: Bind): void {
  const verify = audit
    .command('verify')
    .description('whether anything was changed, removed, moved or cut off, in the store or in an export')
    .argument('[file]', 'an export; without one, the store')
    .option('--head <entries:hash>', 'what was kept of an earlier time; may be repeated', collect(parseHead))
    .option('--head-file <file>', 'the same, as --save-head wrote it')
    .option('--save-head <file>', 'write down how far it goes, to be kept elsewhere');
  withExamples(verify, [
    'licenseflow audit verify',
    'licenseflow audit verify audit.ndjson',
    'licenseflow audit verify --head-file audit-head.json --json',
  ]);
  bind(verify, async () => (await import('./audit/verify.js')).verifyAudit);
}

function registerHistory(audit: Command, bind: Bind): void {
  const history = audit
    .command('history')
    .description("a person's licences over time: what was there before and after, who asked, who decided")
    .argument('<user>', 'object id or user principal name', parsePerson)
    .option('--file <file>', 'from an export alone');
  withExamples(history, [
    'licenseflow audit history AdeleV@contoso.com',
    'licenseflow audit history AdeleV@contoso.com --file audit.ndjson --json',
  ]);
  bind(history, async () => (await import('./audit/history.js')).showHistory);
}

function parseKind(text: string): AuditKind {
  const kind = AUDIT_KINDS.find((known) => known === text.trim().toLowerCase());
  if (kind !== undefined) return kind;
  throw new InvalidArgumentError(`There is no such kind; there are: ${AUDIT_KINDS.join(', ')}.`);
}

function parseEntryNumber(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1) return number;
  throw new InvalidArgumentError('Give the number of an entry.');
}

export interface HeadOption {
  readonly entries: number;
  readonly hash: string;
}

function parseHead(text: string): HeadOption {
  const [, entries, hash] = /^(\d+):([0-9a-f]{64})$/i.exec(text.trim()) ?? [];
  if (entries !== undefined && hash !== undefined) return { entries: Number(entries), hash: hash.toLowerCase() };
  throw new InvalidArgumentError('Give it as `audit verify` shows it: the number of entries, a colon, 64 digits.');
}
