/** The kinds that look at what is said: what they cannot look at must not pass them unseen. */
import type { Kind } from '../../../lib/policy/kinds.ts';

/** Those that look for what must not leave: they look at the definitions of tools too. */
export const DEFINITION_KINDS: ReadonlySet<Kind> = new Set([
  'pii-detector',
  'hipaa-phi-detector',
  'dlp-filter',
  'entity-list-filter',
  'itar-ear-filter',
]);

export const CONTENT_KINDS: ReadonlySet<Kind> = new Set([
  'prompt-injection',
  'pii-detector',
  'hipaa-phi-detector',
  'dlp-filter',
  'safety-filter',
  'entity-list-filter',
  'itar-ear-filter',
  'human-oversight',
  'language-validator',
  'citation-verifier',
  'tool-security',
]);
