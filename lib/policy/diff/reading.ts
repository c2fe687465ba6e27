/** A policy document as a diff reads it. It may be invalid: rules change, and what was stored stays. */

import { isSingleDocument } from '../check-single.ts';
import { parseTree } from '../parse-tree.ts';
import { isMap, plain } from '../tree.ts';
import { at, isMapping, type Mapping } from './values.ts';

export type Reading =
  | Configuration
  | Single
  | { readonly form: 'other'; readonly value: unknown }
  | { readonly form: 'unreadable' };

export interface Configuration {
  readonly form: 'configuration';
  readonly root: Mapping;
  /** Each kind once. Null when there is no list of names. */
  readonly chain: readonly string[] | null;
}

/** A document of a single policy. */
export interface Single {
  readonly form: 'single';
  readonly root: Mapping;
  readonly kind: string;
}

export function readDocument(bytes: Uint8Array): Reading {
  const { tree } = parseTree(bytes);
  if (!tree) return { form: 'unreadable' };
  const value = plain(tree);
  if (!isMap(tree) || !isMapping(value)) return { form: 'other', value };
  const kind = at(at(value, 'policy'), 'name');
  if (isSingleDocument(tree) && typeof kind === 'string') return { form: 'single', root: value, kind };
  return { form: 'configuration', root: value, chain: chainOf(value) };
}

function chainOf(root: Mapping): readonly string[] | null {
  const chain: unknown = at(at(root, 'policies'), 'chain');
  if (!Array.isArray(chain)) return null;
  const names = chain.filter((kind) => typeof kind === 'string');
  return names.length === chain.length ? [...new Set(names)] : null;
}
