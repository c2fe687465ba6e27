/** `dlp-filter`: terms and patterns that must not leave, nor come back; above `standard`, secrets and what is encoded. */
import type { Budget } from '../budget.ts';
import { encodedIn } from '../text/decoded.ts';
import { type Finders, findAll } from '../text/finder.ts';
import { compilePattern } from '../text/pattern.ts';
import type { Find } from '../text/replace.ts';
import { ASSIGNED_SECRETS, PRIVATE_KEYS } from '../text/secrets.ts';
import { termFinder } from '../text/terms.ts';
import { SECRETS } from '../tools/entities.ts';
import type { Enforcement } from './enforcement.ts';
import { redacting } from './redacting.ts';

const SECRET_FINDERS: Finders<'secret'> = {
  secret: [...PRIVATE_KEYS, ...Object.values(SECRETS).flat(), ...ASSIGNED_SECRETS],
};

export const DLP_FILTER: Enforcement<'dlp-filter'> = {
  enforced: true,
  checks(block) {
    const terms = termFinder(block.blocked_terms, {
      distance: block.fuzzy_matching ? (block.max_distance ?? 1) : 0,
    });
    const patterns = block.detect_patterns.map((source) => compilePattern(source));
    const written = (text: string, budget: Budget): readonly Find[] => [
      ...terms(text, budget).map((span) => ({ ...span, label: 'term' })),
      ...patterns
        .flatMap((pattern) => pattern.find(text, budget))
        .map((span) => ({ ...span, label: 'pattern' })),
    ];
    // Sensitive data is also what nobody listed, and what somebody hid; `restricted` data goes nowhere at all.
    const level = block.sensitivity_level ?? 'standard';
    const hidden = (text: string, budget: Budget): readonly Find[] => [
      ...findAll(SECRET_FINDERS, ['secret'], text, budget),
      ...encodedIn(text)
        .filter(({ holds }) => written(holds, budget).length > 0)
        .map(({ start, end }) => ({ start, end, label: 'encoded' })),
    ];
    const check = redacting({
      action: level === 'restricted' ? 'block' : block.action,
      reasonCode: 'dlp.detected',
      metadata: true,
      find: (text, budget) => [
        ...written(text, budget),
        ...(level === 'standard' ? [] : hidden(text, budget)),
      ],
      marker: () => '[REDACTED]',
    });
    return { request: check, answer: check };
  },
};
