import { describe, expect, it } from 'vitest';
import { SINGLE_STANCES, STANCES } from '../../lib/policy/diff/stances/all.ts';
import { SINGLE_KINDS } from '../../lib/policy/kinds.ts';
import { schemaFields } from './schema-fields.ts';

const FIELDS = schemaFields();

/** `a.b[].c` → `a.b[].c`, `a.b[]`, `a.b`, `a`. */
function* upwards(pattern: string): Generator<string> {
  for (let path = pattern; path !== ''; ) {
    yield path;
    path = path.endsWith('[]') ? path.slice(0, -2) : path.slice(0, Math.max(0, path.lastIndexOf('.')));
  }
}

/** A stance of its own, or one around it that takes everything in it. */
function isJudged(pattern: string): boolean {
  if (STANCES[pattern]) return true;
  return [...upwards(pattern)].some((path) => ['open', 'value'].includes(STANCES[path]?.shape ?? ''));
}

describe('the stances', () => {
  it('judge every field of the schemas', () => {
    expect(FIELDS.size).toBeGreaterThan(200);
    expect([...FIELDS.keys()].filter((pattern) => !isJudged(pattern))).toEqual([]);
  });

  it('judge nothing that the schemas do not have', () => {
    const known = new Set([...FIELDS.keys()].flatMap((pattern) => [...upwards(pattern)]));
    expect(Object.keys(STANCES).filter((pattern) => !known.has(pattern))).toEqual([]);
  });

  it('assume the defaults of the schemas', () => {
    const assumed = Object.entries(STANCES).flatMap(([pattern, stance]) =>
      'fallback' in stance && stance.fallback !== undefined ? [[pattern, stance.fallback] as const] : [],
    );
    const stated = [...FIELDS].flatMap(([pattern, field]) =>
      field.default === undefined || field.default === null || STANCES[pattern]?.shape === 'grouped'
        ? []
        : [[pattern, field.default] as const],
    );
    const byPattern = (a: readonly [string, unknown], b: readonly [string, unknown]) =>
      a[0] < b[0] ? -1 : 1;
    expect(assumed.toSorted(byPattern)).toEqual(stated.toSorted(byPattern));
  });

  it('say of every group which mapping judges it', () => {
    const groupedFields = Object.entries(STANCES).flatMap(([pattern, { shape }]) =>
      shape === 'grouped' ? [pattern] : [],
    );
    const judged = Object.entries(STANCES).flatMap(([pattern, stance]) =>
      stance.shape === 'map'
        ? (stance.groups ?? []).flatMap(({ fields }) => fields.map((field) => `${pattern}.${field}`))
        : [],
    );
    expect(groupedFields.toSorted()).toEqual(judged.toSorted());
  });

  it('are the same for a document of a single policy', () => {
    for (const kind of SINGLE_KINDS) {
      const table = SINGLE_STANCES.get(kind) ?? {};
      const own = Object.keys(STANCES).filter((pattern) => pattern.startsWith(`policy.${kind}.`));
      expect(Object.keys(table)).toEqual(
        expect.arrayContaining(own.map((pattern) => pattern.slice(`policy.${kind}.`.length))),
      );
    }
  });
});
