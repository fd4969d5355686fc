/** The tables of the audit trail, as steps that every database takes once and in this order. Steps are never changed. */
import type { Database } from './sql.js';

/** Each step is a list of statements. */
const STEPS: readonly (readonly string[])[] = [
  [
    // What can be searched by is derived from the entry itself, so that nobody can change the one without the other.
    `create table audit_entry (
      tenant text not null,
      number bigint not null check (number > 0),
      entry text not null,
      id text not null generated always as (entry::jsonb ->> 'id') stored,
      source text not null generated always as (entry::jsonb ->> 'source') stored,
      kind text not null generated always as (entry::jsonb ->> 'kind') stored,
      at text not null generated always as (entry::jsonb ->> 'at') stored,
      subject_id text generated always as (lower(entry::jsonb #>> '{subject,id}')) stored,
      subject_upn text generated always as (lower(entry::jsonb #>> '{subject,upn}')) stored,
      actor_id text generated always as (lower(entry::jsonb #>> '{actor,id}')) stored,
      actor_upn text generated always as (lower(entry::jsonb #>> '{actor,upn}')) stored,
      primary key (tenant, number),
      constraint audit_entry_once unique (tenant, id)
    )`,
    'create index audit_entry_of_source on audit_entry (tenant, source, number)',
    'create index audit_entry_of_subject on audit_entry (tenant, subject_id, number)',
    'create index audit_entry_of_subject_name on audit_entry (tenant, subject_upn, number)',
    'create index audit_entry_at on audit_entry (tenant, at)',
    // The second place for how far the chain goes: whoever cuts its end off has to know of this one too.
    'create table audit_head (tenant text primary key, entries bigint not null, hash text not null)',
  ],
  [
    // Against slips, not against the owner of the database: who may switch a trigger off is found by the digests.
    `create function audit_entry_stays() returns trigger language plpgsql as $$
    begin
      raise exception 'Entries of the audit trail are never changed and never removed.';
    end $$`,
    `create trigger audit_entry_stays before update or delete on audit_entry
      for each row execute function audit_entry_stays()`,
    `create trigger audit_entries_stay before truncate on audit_entry
      for each statement execute function audit_entry_stays()`,
  ],
];

/** One number for all processes that migrate at the same time. */
const LOCK = 6_170_112;

/** Takes the steps that are missing. Several processes may do so at once: the later ones wait and find them taken. */
export async function migrate(database: Database): Promise<void> {
  await database.transaction(async (sql) => {
    await sql.query('select pg_advisory_xact_lock($1)', [LOCK]);
    await sql.query(
      'create table if not exists audit_migration (step int primary key, taken_at timestamptz not null default now())',
    );
    const [row] = await sql.query<{ taken: number }>('select count(*)::int as taken from audit_migration');
    const taken = row?.taken ?? 0;
    if (taken > STEPS.length) throw new Error('The audit store was made by a newer licenseflow: update this worker.');
    for (const [step, statements] of STEPS.entries()) {
      if (step < taken) continue;
      for (const statement of statements) await sql.query(statement);
      await sql.query('insert into audit_migration (step) values ($1)', [step]);
    }
  });
}
