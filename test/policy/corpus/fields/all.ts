/** Every row, and the documents made of them. */
import { type CorpusDocument, expand, kindOf, single } from '../expand.ts';
import type { Row } from '../row.ts';
import { ACCESS } from './access.ts';
import { CONTAINERS } from './containers.ts';
import { CONTENT } from './content.ts';
import { DETECTORS } from './detectors.ts';
import { GOVERNANCE } from './governance.ts';
import { OVERSIGHT } from './oversight.ts';
import { PRIVACY } from './privacy.ts';
import { PROMPT_INJECTION } from './prompt-injection.ts';
import { PROVIDERS } from './providers.ts';
import { QUALITY } from './quality.ts';
import { RUNTIME_AND_TESTING } from './runtime.ts';
import { SECTIONS } from './sections.ts';
import { UNDOCUMENTED } from './undocumented.ts';

export const ROWS: readonly Row[] = [
  ...SECTIONS,
  ...RUNTIME_AND_TESTING,
  ...PROVIDERS,
  ...PROMPT_INJECTION,
  ...ACCESS,
  ...PRIVACY,
  ...CONTENT,
  ...DETECTORS,
  ...GOVERNANCE,
  ...OVERSIGHT,
  ...QUALITY,
  ...UNDOCUMENTED,
  ...CONTAINERS,
];

const SINGLE_KINDS: ReadonlySet<string | undefined> = new Set([
  'prompt-injection',
  'agent-firewall',
  'citation-verifier',
  'quality-scorer',
]);

/** The settings of four kinds may also stand in a document of their own: there they are judged alike. */
export const FIELD_DOCUMENTS: readonly CorpusDocument[] = [
  ...ROWS.flatMap((row) => expand(row)),
  ...ROWS.filter(isInSingle).flatMap((row) => expand(row, single)),
];

/** Not the block itself: in such a document nothing stands around its fields. */
function isInSingle({ field }: Row): boolean {
  return SINGLE_KINDS.has(kindOf(field)) && field.split('.').length > 2;
}
