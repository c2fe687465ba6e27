/** The rules: what a schema cannot say. Each looks at the whole document, and none depends on another. */
import type { Report } from '../report.ts';
import { blocksBelongToTheChain } from './chain.ts';
import type { DocumentContent } from './content.ts';
import { nothingContradicts } from './contradictions.ts';
import { effectsAreCertain } from './effects.ts';
import { patternsAreRe2 } from './patterns.ts';
import { retentionFits } from './retention.ts';
import { routesMeetTheDataPolicy } from './routing.ts';
import { noSecrets } from './secrets.ts';
import { targetsAreThere } from './targets.ts';

/** Never throws, though the document may not fit its schema. */
type Rule = (content: DocumentContent, report: Report) => void;

export const RULES: readonly Rule[] = [
  blocksBelongToTheChain,
  targetsAreThere,
  noSecrets,
  patternsAreRe2,
  nothingContradicts,
  retentionFits,
  routesMeetTheDataPolicy,
  effectsAreCertain,
];
