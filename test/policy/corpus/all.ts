/** The corpus. */
import type { CorpusDocument } from './expand.ts';
import { FIELD_DOCUMENTS } from './fields/all.ts';
import { CONTRACT } from './whole/contract.ts';
import { ALL_EFFECTS } from './whole/effects.ts';
import { MEANINGS } from './whole/meanings.ts';
import { SHAPES } from './whole/shapes.ts';
import { SINGLE } from './whole/single.ts';
import { TEXTS } from './whole/texts.ts';

/** Written out in full; the others are made of rows. */
export const WRITTEN: readonly CorpusDocument[] = [
  ...CONTRACT,
  ...SINGLE,
  ...SHAPES,
  ...MEANINGS,
  ...TEXTS,
  ...ALL_EFFECTS,
];
export const CORPUS: readonly CorpusDocument[] = [...FIELD_DOCUMENTS, ...WRITTEN];
