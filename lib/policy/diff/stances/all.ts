/** All stances, as one tree for configurations and one for each kind that may be a document of its own. */
import { SINGLE_KINDS } from '../../kinds.ts';
import { type Rule, rulesOf } from '../rules.ts';
import type { StanceTable } from '../stance.ts';

const SECTIONS: StanceTable = {};

export const DOCUMENT_RULES: Rule = rulesOf(SECTIONS);

export const SINGLE_RULES: ReadonlyMap<string, Rule> = new Map(
  SINGLE_KINDS.map((kind) => [kind, DOCUMENT_RULES.fields.get(kind) ?? rulesOf({})]),
);
