/** Kinds of which nothing but the name is documented. */
import { OPEN, type Row } from '../row.ts';

export const UNDOCUMENTED: readonly Row[] = [
  { field: 'policy.language-validator', ...OPEN, typo: 'language-validators' },
  { field: 'policy.bot-detector', ...OPEN, typo: 'bot-detecter' },
  { field: 'policy.content-extractor', ...OPEN, typo: 'content_extractor' },
  { field: 'policy.cjis-mode', ...OPEN, typo: 'cjis_mode' },
  { field: 'policy.student-privacy', ...OPEN, typo: 'student-privacys' },
  { field: 'policy.case-privacy', ...OPEN, typo: 'case-privat' },
  { field: 'policy.dual-use-filter', ...OPEN, typo: 'dualuse-filter' },
  { field: 'policy.tool-validation', ...OPEN, typo: 'tools-validation' },
  { field: 'policy.financial-compliance', ...OPEN, typo: 'finance-compliance' },
  { field: 'policy.healthcare-compliance', ...OPEN, typo: 'health-care-compliance' },
];
