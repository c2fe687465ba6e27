/** Rule: what is kept is kept as long as the document itself, or a law it names, asks for. */
import type { Report } from '../report.ts';
import { find, type Path } from '../tree.ts';
import { type DocumentContent, itemsOf, numberAt, scalarAt } from './content.ts';

/** 45 CFR 164.316(b)(2)(i): documentation is retained for six years. */
const HIPAA_DAYS = 6 * 365;
/** Regulation (EU) 2024/1689, articles 19 and 26(6): logs of high-risk systems are kept for at least six months. */
const AI_ACT_DAYS = 183;
const AUDIT_DEFAULT_DAYS = 365;
const GDPR_DEFAULT_DAYS = 30;

export function retentionFits(content: DocumentContent, report: Report): void {
  const { root, chain } = content;
  const say = (path: Path, message: string, fix: string) => report.ofValue(root, path, 'E048', message, fix);

  if (chain.includes('audit-logger')) {
    const logger = content.blockPath('audit-logger');
    const at = [...logger, 'retention_days'];
    // Of another type, it is not known.
    const kept = find(root, at) ? (numberAt(root, at) ?? Number.NaN) : AUDIT_DEFAULT_DAYS;
    if (scalarAt(root, [...logger, 'hipaa_audit_controls']) === true && kept < HIPAA_DAYS)
      say(at, `${kept} days are less than the six years that HIPAA asks for`, `at least ${HIPAA_DAYS}`);
    const risk = scalarAt(root, [...content.blockPath('eu-ai-act'), 'risk_class']);
    if (chain.includes('eu-ai-act') && risk === 'high' && kept < AI_ACT_DAYS)
      say(
        at,
        `${kept} days are less than the six months that the EU AI Act asks for`,
        `at least ${AI_ACT_DAYS}`,
      );
  }
  if (chain.includes('gdpr-compliance')) {
    const limit = [...content.blockPath('gdpr-compliance'), 'retention_days'];
    const most = find(root, limit) ? (numberAt(root, limit) ?? Number.NaN) : GDPR_DEFAULT_DAYS;
    const kept = numberAt(root, ['history', 'retention_days']);
    if (kept !== null && kept > most)
      say(
        ['history', 'retention_days'],
        `longer than the ${most} days of \`gdpr-compliance\``,
        `at most ${most}`,
      );
  }
  if (chain.includes('data-routing-policy')) {
    const most = numberAt(root, [...content.blockPath('data-routing-policy'), 'max_retention_days']);
    for (const target of most === null ? [] : itemsOf(root, ['providers', 'targets'])) {
      const at = [...target, 'data_policy', 'retention_days'];
      if ((numberAt(root, at) ?? 0) > Number(most))
        say(
          at,
          `longer than the ${most} days of \`data-routing-policy\`: nothing is sent there`,
          `at most ${most}`,
        );
    }
  }
}
