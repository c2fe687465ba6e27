/** `dlp-filter`: terms and patterns that must not leave, nor come back. */
import { compilePattern } from '../text/pattern.ts';
import { termFinder } from '../text/terms.ts';
import type { Enforcement } from './enforcement.ts';
import { redacting } from './redacting.ts';

export const DLP_FILTER: Enforcement<'dlp-filter'> = {
  enforced: true,
  without: ['sensitivity_level'],
  checks(block) {
    const terms = termFinder(block.blocked_terms, {
      distance: block.fuzzy_matching ? (block.max_distance ?? 1) : 0,
    });
    const patterns = block.detect_patterns.map((source) => compilePattern(source));
    const check = redacting({
      action: block.action,
      reasonCode: 'dlp.detected',
      metadata: true,
      find: (text, budget) => [
        ...terms(text, budget).map((span) => ({ ...span, label: 'term' })),
        ...patterns
          .flatMap((pattern) => pattern.find(text, budget))
          .map((span) => ({ ...span, label: 'pattern' })),
      ],
      marker: () => '[REDACTED]',
    });
    return { request: check, answer: check };
  },
};
