/** The policy kinds a chain may name. */

/**
 * Closed on purpose, although the documented list is open ("39 kinds", not all of them named): a gateway that
 * skipped a misspelt kind would enforce less than the file says. A kind that is missing is one line here.
 * Presumed from the documented titles: tool-validation, financial-compliance, healthcare-compliance.
 * Named only in part, hence absent: one that starts with `document-`.
 */
export const KINDS = [
  // input and tool
  'prompt-injection',
  'pii-detector',
  'hipaa-phi-detector',
  'agent-firewall',
  'rbac',
  'dlp-filter',
  'safety-filter',
  'language-validator',
  'bot-detector',
  'external-moderation',
  'embedding-detector',
  'content-extractor',
  'data-routing-policy',
  'audit-logger',
  'cjis-mode',
  'student-privacy',
  'case-privacy',
  'itar-ear-filter',
  'entity-list-filter',
  'dual-use-filter',
  'tool-security',
  'tool-validation',
  'gdpr-compliance',
  'eu-ai-act',
  'spend-limit',
  // output
  'quality-scorer',
  'human-oversight',
  'citation-verifier',
  'flagged-review',
  'response-rewriter',
  'bias-monitor',
  'financial-compliance',
  'healthcare-compliance',
] as const;
export type Kind = (typeof KINDS)[number];

/** The kinds that may also be a document of their own, with `policy:` as its metadata. */
export const SINGLE_KINDS = [
  'prompt-injection',
  'agent-firewall',
  'citation-verifier',
  'quality-scorer',
] as const satisfies readonly Kind[];

export function isKind(name: string): name is Kind {
  return KNOWN.has(name);
}

const KNOWN: ReadonlySet<string> = new Set(KINDS);
