/** Expand: rows into whole documents, each with the findings it must earn. */
import { stringify } from 'yaml';
import type { Code } from '../../../lib/policy/codes.ts';
import type { Judged, Row } from './row.ts';

export interface CorpusDocument {
  readonly name: string;
  readonly text: string;
  /** `E034 policy.pii-detector.action`, in any order; errors and warnings. */
  readonly findings: readonly string[];
  /** What the suggestion of the first finding says. */
  readonly suggestion?: string;
  /** The field it was written for. */
  readonly field?: string;
  readonly is?: 'right' | 'doubtful' | 'wrong' | 'missing' | 'misspelt';
}

type Json = Record<string, unknown>;

/** Without anchors for what stands there twice. */
const yaml = (document: Json) => stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });

/** One document for each value of the row, one without the field when it is required, one with it misspelt. */
export function expand(row: Row, around: Around = configuration): readonly CorpusDocument[] {
  const at = around.at(concrete(row));
  const { field } = row;
  const whole = () => around.document(row);
  const holding = (value: unknown) => yaml(set(whole(), at, value));
  const named = (value: unknown) => `${around.name(row)}${at}: ${shown(value)}`;
  const judged = (is: 'doubtful' | 'wrong') => (it: Judged) => ({
    name: `${named(it[0])}${it[2] ? ` (${it[2]})` : ''}`,
    text: holding(it[0]),
    findings: [`${it[1]} ${at}${it[2] ?? ''}`],
    field,
    is,
  });
  const documents: CorpusDocument[] = [
    ...row.right.map((value) => ({
      name: named(value),
      text: holding(value),
      findings: [],
      field,
      is: 'right' as const,
    })),
    ...(row.doubtful ?? []).map(judged('doubtful')),
    ...row.wrong.map(judged('wrong')),
  ];
  if (row.required) {
    documents.push({
      name: `${around.name(row)}${at} left out`,
      text: yaml(without(set(whole(), at, null), at)),
      findings: [`E031 ${at}`],
      field,
      is: 'missing',
    });
  }
  if (row.typo !== undefined) documents.push(misspelt(row, at, whole(), around));
  return documents;
}

/** Beside the field spelt right, so that nothing is missing. */
function misspelt(row: Row, at: string, whole: Json, around: Around): CorpusDocument {
  const key = at.split('.').at(-1) ?? '';
  const wrong = `${at.slice(0, at.length - key.length)}${row.typo}`;
  const [value] = row.right;
  return {
    name: `${around.name(row)}${wrong} for ${key}`,
    text: yaml(set(set(whole, at, value), wrong, value)),
    findings: [`${unknownKey(row.field)} ${wrong}`],
    suggestion: `did you mean \`${key}\`?`,
    field: row.field,
    is: 'misspelt',
  };
}

/** The documented codes for a kind and for a key of its block, ours for any other. */
function unknownKey(field: string): Code {
  if (!field.startsWith('policy.')) return 'E032';
  return field.split('.').length === 2 ? 'E001' : 'E002';
}

/** What stands around a row's field. */
export interface Around {
  /** Begins the names of its documents. */
  name(row: Row): string;
  at(path: string): string;
  document(row: Row): Json;
}

/** A configuration whose chain is the kind the field belongs to, or one kind that needs nothing. */
const configuration: Around = {
  name: () => '',
  at: (path) => path,
  document: ({ field, also = {} }) => {
    const kind = kindOf(field) ?? 'rbac';
    const whole = {
      pack: { name: 'corpus', version: '1.0.0', enabled: true },
      policies: { chain: [kind] },
      policy: { [kind]: {} },
    };
    return Object.entries(also).reduce<Json>((document, [path, value]) => set(document, path, value), whole);
  },
};

/** A document of this policy alone: its sections stand at the top. */
export const single: Around = {
  name: ({ field }) => `${kindOf(field)} alone: `,
  at: (path) => path.split('.').slice(2).join('.'),
  document: ({ field, also = {} }) =>
    Object.entries(also).reduce<Json>((document, [path, value]) => set(document, single.at(path), value), {
      policy: { name: kindOf(field), version: '1.0.0', enabled: true },
    }),
};

export function kindOf(field: string): string | undefined {
  const [section, kind] = field.split('.');
  return section === 'policy' ? kind : undefined;
}

function concrete({ field, any = 'clinician' }: Row): string {
  return field.replaceAll('[]', '[0]').replaceAll('.*', `.${any}`);
}

const steps = (path: string) =>
  [...path.matchAll(/[^.[\]]+|\[\d+\]/g)].map(([step]) =>
    step.startsWith('[') ? Number(step.slice(1, -1)) : step,
  );

/** Makes what is not there on the way. */
function set(document: Json, path: string, value: unknown): Json {
  const change = (node: unknown, [step, ...rest]: readonly (string | number)[]): unknown => {
    if (step === undefined) return value;
    if (typeof step === 'number') {
      const list = Array.isArray(node) ? [...node] : [];
      list[step] = change(list[step], rest);
      return list;
    }
    const map = typeof node === 'object' && node !== null ? (node as Json) : {};
    return { ...map, [step]: change(map[step], rest) };
  };
  return change(document, steps(path)) as Json;
}

function without(document: Json, path: string): Json {
  const change = (node: unknown, [step, ...rest]: readonly (string | number)[]): unknown => {
    if (Array.isArray(node)) return node.map((item, i) => (i === step ? change(item, rest) : item));
    const entries = Object.entries(node as Json);
    if (rest.length === 0) return Object.fromEntries(entries.filter(([key]) => key !== step));
    return Object.fromEntries(entries.map(([key, item]) => [key, key === step ? change(item, rest) : item]));
  };
  return change(document, steps(path)) as Json;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 50)}… (${text.length})` : text;
}
