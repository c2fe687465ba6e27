/** The corpus. */
import { CONTRACT } from './contract.ts';
import type { CorpusDocument } from './expand.ts';
import { FIELD_DOCUMENTS } from './fields/all.ts';
import { MEANINGS } from './meanings.ts';
import { SHAPES } from './shapes.ts';

export const WRITTEN: readonly CorpusDocument[] = [...CONTRACT, ...SHAPES, ...MEANINGS];
export const CORPUS: readonly CorpusDocument[] = [...FIELD_DOCUMENTS, ...WRITTEN];
