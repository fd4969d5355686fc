import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { AuditEntry, AuditEvent, AuditHead } from '../../src/domain/audit.js';
import {
  ChainCheck,
  emptyHead,
  entryAfter,
  headAt,
  hashOfEntry,
  isSameEvent,
  storable,
} from '../../src/domain/audit.js';
import { eventWith, WHEN } from '../audit/sample-events.js';

const TENANT = '0e2c7a5e-9f0e-4a3b-8a55-3b1f4a2f3c01';

function chained(events: readonly AuditEvent[]): readonly AuditEntry[] {
  const entries: AuditEntry[] = [];
  for (const event of events) {
    const last = entries.at(-1);
    entries.push(entryAfter(last === undefined ? emptyHead(TENANT) : headAt(last), event, WHEN));
  }
  return entries;
}

function kindsOfProblems(entries: readonly AuditEntry[], kept: readonly AuditHead[] = []): readonly string[] {
  const check = new ChainCheck(kept);
  for (const entry of entries) check.next(entry);
  return check.end().map(({ kind }) => kind);
}

const word = fc.string({ unit: 'binary', maxLength: 30 });
const events = fc
  .array(fc.record({ reason: fc.option(word), outcome: fc.option(word), more: fc.dictionary(word, fc.jsonValue()) }), {
    ...{ minLength: 2, maxLength: 12 },
  })
  .map((told) =>
    told.map(({ reason, outcome, more }, i) => storable(eventWith({ seq: i + 1, reason, outcome, details: more }))),
  );
const trail = events.map(chained);
const twoOf = (entries: readonly AuditEntry[]) =>
  fc.tuple(fc.nat(entries.length - 1), fc.nat(entries.length - 1)).filter(([a, b]) => a !== b);

/** As an export has it: written down and read again. */
function written(entries: readonly AuditEntry[]): readonly AuditEntry[] {
  return entries.map((entry) => JSON.parse(JSON.stringify(entry)) as AuditEntry);
}

function lastOf(entries: readonly AuditEntry[]): AuditEntry {
  const last = entries.at(-1);
  assert.ok(last);
  return last;
}

describe('the chain of the audit trail', () => {
  // Digests of whole chains take a while.
  before(() => fc.configureGlobal({ numRuns: 30 }));
  after(() => fc.resetConfigureGlobal());

  it('is whole as it was made, also written down and read again', () => {
    fc.assert(
      fc.property(trail, (made) => assert.deepEqual(kindsOfProblems(written(made), [headAt(lastOf(made))]), [])),
    );
  });

  it('shows an entry that was taken out', () => {
    fc.assert(
      fc.property(trail, fc.nat(), (made, at) => {
        const index = at % (made.length - 1);
        assert.ok(kindsOfProblems(made.filter((_, i) => i !== index)).includes('missing'));
      }),
    );
  });

  it('shows an entry that was taken out where the others were numbered anew', () => {
    fc.assert(
      fc.property(trail, fc.nat(), (made, at) => {
        const index = at % (made.length - 1);
        const left = made.filter((_, i) => i !== index).map((entry, i) => ({ ...entry, number: i + 1 }));
        assert.notDeepEqual(kindsOfProblems(left), []);
      }),
    );
  });

  it('shows every edit of every field', () => {
    const edits: readonly ((entry: AuditEntry) => AuditEntry)[] = [
      (entry) => ({ ...entry, reason: `${entry.reason ?? ''}.` }),
      (entry) => ({ ...entry, at: '2026-03-01T09:00:00.001Z' }),
      (entry) => ({ ...entry, recordedAt: '2026-03-01T09:00:00.001Z' }),
      (entry) => ({ ...entry, subject: null }),
      (entry) => ({ ...entry, actor: entry.actor === null ? null : { ...entry.actor, assurance: 'signed-in' } }),
      (entry) => ({ ...entry, kind: 'request.refused' }),
      (entry) => ({ ...entry, outcome: `${entry.outcome ?? ''}.` }),
      (entry) => ({ ...entry, before: { other: [] } }),
      (entry) => ({ ...entry, after: null }),
      (entry) => ({ ...entry, graphRequestIds: [] }),
      (entry) => ({ ...entry, details: { ...entry.details, added: 1 } }),
      (entry) => ({ ...entry, extra: 1 }),
      (entry) => ({ ...entry, id: `${entry.id}x` }),
      (entry) => ({ ...entry, hash: entry.hash.replace(/^./, (digit) => (digit === '0' ? '1' : '0')) }),
    ];
    fc.assert(
      fc.property(trail, fc.nat(), fc.constantFrom(...edits), (made, at, edit) => {
        const index = at % made.length;
        const edited = made.map((entry, i) => (i === index ? edit(entry) : entry));
        assert.ok(kindsOfProblems(edited).includes('edited'));
      }),
    );
  });

  it('shows an edit whose digest was made anew, by the next entry, or by the digest that was kept of the last one', () => {
    fc.assert(
      fc.property(trail, fc.nat(), (made, at) => {
        const index = at % made.length;
        const edited = made.map((entry, i) => {
          if (i !== index) return entry;
          const changed = { ...entry, reason: `${entry.reason ?? ''}.` };
          return { ...changed, hash: hashOfEntry(changed) };
        });
        const expected = index === made.length - 1 ? 'other-head' : 'unlinked';
        assert.ok(kindsOfProblems(edited, [headAt(lastOf(made))]).includes(expected));
      }),
    );
  });

  it('shows a chain that was made anew from an edit on, by the digest that was kept', () => {
    fc.assert(
      fc.property(events, fc.nat(), (told, at) => {
        const kept = headAt(lastOf(chained(told)));
        const anew = chained(
          told.map((event, i) => (i === at % told.length ? { ...event, reason: 'another' } : event)),
        );
        assert.deepEqual(kindsOfProblems(anew), [], 'it is a whole chain by itself');
        assert.deepEqual(kindsOfProblems(anew, [kept]), ['other-head']);
      }),
    );
  });

  it('shows two entries that changed places, with and without their numbers', () => {
    fc.assert(
      fc.property(
        trail.chain((made) => fc.tuple(fc.constant(made), twoOf(made))),
        ([made, [a, b]]) => {
          const swapped = made.map((entry, i) => made[i === a ? b : i === b ? a : i] ?? entry);
          assert.ok(kindsOfProblems(swapped).includes('missing'));
          const renumbered = swapped.map((entry, i) => ({ ...entry, number: i + 1 }));
          assert.notDeepEqual(kindsOfProblems(renumbered), []);
        },
      ),
    );
  });

  it('shows that its end was cut off, by the head that was kept', () => {
    fc.assert(
      fc.property(trail, fc.nat(), (made, at) => {
        const cut = made.slice(0, at % made.length);
        assert.deepEqual(kindsOfProblems(cut), [], 'nothing but the head can tell');
        assert.deepEqual(kindsOfProblems(cut, [headAt(lastOf(made))]), ['cut-off']);
      }),
    );
  });

  it('shows that its beginning was cut off, entries of another tenant, and an event told twice', () => {
    const made = chained([1, 2, 3].map((seq) => eventWith({ seq })));
    assert.ok(kindsOfProblems(made.slice(1)).includes('missing'));
    assert.ok(
      kindsOfProblems(made.map((entry, i) => (i === 1 ? { ...entry, tenant: 'x' } : entry))).includes('foreign'),
    );
    const twice = chained([eventWith({ seq: 1 }), eventWith({ seq: 1 })]);
    assert.deepEqual(kindsOfProblems(twice), ['repeated']);
  });

  it('goes on behind a head that was kept', () => {
    const made = chained([1, 2, 3, 4].map((seq) => eventWith({ seq })));
    const [, second] = made;
    assert.ok(second);
    assert.deepEqual(kindsOfProblems(made, [headAt(second)]), []);
  });
});

describe('what a database can keep', () => {
  it('has no NUL and no half of a character, and says the same otherwise', () => {
    assert.equal(storable('a\u0000b\ud800c\udc00d'), 'a\ufffdb\ufffdc\ufffdd');
    fc.assert(
      fc.property(
        fc.string(),
        (text) => !/[\ud800-\udfff]/u.test(storable(text)) && !storable(text).includes('\u0000'),
      ),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => storable(text) === text.replaceAll('\u0000', '\ufffd')),
    );
    assert.ok(isSameEvent(storable(eventWith({ seq: 1 })), eventWith({ seq: 1 })));
  });
});
