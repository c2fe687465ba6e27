import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { MAX_CHANGES, MAX_SUMMARY } from '../../lib/policy/diff/change.ts';
import { type Change, diffDocuments } from '../../lib/policy/diff/diff-documents.ts';
import { STANCES } from '../../lib/policy/diff/stances/all.ts';
import { KINDS } from '../../lib/policy/kinds.ts';
import { bytes, GITOPS, SAMPLE, SINGLE } from './documents.ts';
import { type Field, schemaFields } from './schema-fields.ts';

const FIELDS = [...schemaFields()];

type Json = Record<string, unknown>;

/** Values a field may have, and a few it may not. */
function valuesOf(field: Field): readonly unknown[] {
  if (field.enum) return [...field.enum, 'other'];
  if (field.type === 'boolean') return [true, false];
  if (field.type === 'number' || field.type === 'integer') return [0, 0.5, 1, 7, 30];
  if (field.type === 'array')
    return [[], ['a'], ['a', 'b'], ['b', 'a*'], ['*'], ['10.0.0.0/8'], ['10.1.0.0/16']];
  return ['alpha', 'beta'];
}

/** Sets the field at the pattern, in a document or in what stands there already. */
function put(root: Json, pattern: string, value: unknown): void {
  const steps = pattern.split('.');
  let [map, path] = [root, ''];
  steps.forEach((step, i) => {
    path = path === '' ? step : `${path}.${step}`;
    const key = step === '*' ? 'x' : step.replace('[]', '');
    const isList = step.endsWith('[]');
    if (i === steps.length - 1 && !isList) map[key] = value;
    else if (isList) map = inList(map, key, path.slice(0, -2));
    else {
      map[key] ??= {};
      map = map[key] as Json;
    }
  });
}

/** The one item of the list, which has an identity. */
function inList(map: Json, key: string, path: string): Json {
  const stance = STANCES[path];
  const identity = stance?.shape === 'keyed' ? (stance.keys[0] ?? 'id') : 'name';
  map[key] ??= [{ [identity]: 'x' }];
  return (map[key] as Json[])[0] ?? {};
}

const base = (chain: readonly string[]): Json => ({
  pack: { name: 'a', version: '1.0.0', enabled: true },
  policies: { chain },
});
const toBytes = (document: Json): Uint8Array => bytes(JSON.stringify(document));

const fieldAndValue = fc
  .constantFrom(...FIELDS.filter(([pattern]) => !pattern.startsWith('testing.suites[].cases')))
  .chain(([pattern, field]) => fc.tuple(fc.constant(pattern), fc.constantFrom(...valuesOf(field))));
const document = fc
  .uniqueArray(fieldAndValue, { selector: ([pattern]) => pattern, maxLength: 30 })
  .map((settings) => {
    const root = base(KINDS);
    for (const [pattern, value] of settings) put(root, pattern, structuredClone(value));
    return root;
  });

function shuffled(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shuffled);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toReversed()
      .map(([key, child]) => [key, shuffled(child)]),
  );
}

const OPPOSITE = {
  tightens: 'loosens',
  loosens: 'tightens',
  neutral: 'neutral',
  unknown: 'unknown',
} as const;

function effects(changes: readonly Change[]): string[] {
  return changes.map(({ path, effect }) => `${path} ${effect}`).toSorted();
}

function opposites(changes: readonly Change[]): string[] {
  return changes.map(({ path, effect }) => `${path} ${OPPOSITE[effect]}`).toSorted();
}

describe('a diff', () => {
  it('of a document with itself in another form is empty', () => {
    fc.assert(
      fc.property(
        document,
        fc.constantFrom('PLAIN', 'QUOTE_DOUBLE', 'QUOTE_SINGLE'),
        (root, defaultStringType) => {
          const other = stringify(shuffled(root), { defaultStringType, aliasDuplicateObjects: false });
          expect(diffDocuments(toBytes(root), bytes(other))).toEqual({
            changes: [],
            summary: 'no semantic change',
          });
        },
      ),
    );
  });

  it('of every field is the opposite of its inverse', () => {
    for (const [pattern, field] of FIELDS) {
      const chain = pattern.startsWith('policy.') ? [pattern.split('.')[1] ?? ''] : ['rbac'];
      const documents = valuesOf(field).map((value) => {
        const root = base(chain);
        put(root, pattern, value);
        return root;
      });
      const all = [base(chain), ...documents].map(toBytes);
      for (const [i, before] of all.entries())
        for (const after of all.slice(i + 1)) {
          const changes = diffDocuments(before, after).changes;
          expect(opposites(changes)).toEqual(effects(diffDocuments(after, before).changes));
        }
    }
  });

  it('of two documents is the opposite of its inverse', () => {
    fc.assert(
      fc.property(document, document, (one, other) => {
        const [before, after] = [toBytes(one), toBytes(other)];
        expect(opposites(diffDocuments(before, after).changes)).toEqual(
          effects(diffDocuments(after, before).changes),
        );
      }),
    );
  });

  it('knows every field: none has the verdict of a field that nobody has thought of', () => {
    fc.assert(
      fc.property(document, document, (one, other) => {
        const { changes } = diffDocuments(toBytes(one), toBytes(other));
        expect(changes.map(({ reason }) => reason)).not.toContain('what this decides is not known here');
      }),
    );
  });

  it('never throws and keeps its bounds, whatever the bytes', () => {
    const any = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.string({ unit: 'binary' }).map(bytes),
      fc.json().map(bytes),
      document.map(toBytes),
      // Anything in place of a part of a real document.
      fc
        .tuple(
          fc.constantFrom(SAMPLE, GITOPS, SINGLE),
          fc.nat(),
          fc.nat(40),
          fc.oneof(fc.string(), fc.json()),
        )
        .map(([text, at, length, instead]) => {
          const from = at % text.length;
          return bytes(text.slice(0, from) + instead + text.slice(from + length));
        }),
    );
    fc.assert(
      fc.property(fc.option(any), any, (before, after) => {
        const { changes, summary } = diffDocuments(before, after);
        expect(changes.length).toBeLessThanOrEqual(MAX_CHANGES);
        expect(summary.length).toBeLessThanOrEqual(MAX_SUMMARY);
        expect(summary).not.toMatch(/[\n\r]/);
        for (const { path, reason } of changes) {
          expect(reason.length).toBeGreaterThan(0);
          expect(`${path}${reason}`).not.toMatch(/[\n\r]/);
        }
        expect(diffDocuments(after, after).changes).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });
});
