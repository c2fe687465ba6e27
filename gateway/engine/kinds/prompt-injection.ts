/** `prompt-injection`: known forms of attack, also encoded or disguised, and forged boundaries between turns. */

import { textsOf } from '../request.ts';
import { decodedParts } from '../text/decoded.ts';
import { FORGED_BOUNDARIES, INJECTIONS } from '../text/injections.ts';
import { compilePattern } from '../text/pattern.ts';
import { viewOf } from '../text/view.ts';
import type { Block, Enforcement, Stage } from './enforcement.ts';

/** What the operator and the model wrote is trusted; every other role is not, whatever it is called. */
const TRUSTED: ReadonlySet<string> = new Set(['system', 'developer', 'assistant']);
const VERDICTS = { block: 'block', escalate: 'escalate', log: 'allow' } as const;

export const PROMPT_INJECTION: Enforcement<'prompt-injection'> = {
  enforced: true,
  without: ['detection.embedding_threshold', 'boundaries.enforce_delimiters', 'response.log_level'],
  checks(block) {
    const verdict = VERDICTS[block.response?.action ?? 'block'];
    const techniqueIn = detector(block);
    return {
      request({ messages, budget }) {
        const untrusted = messages.filter(({ role }) => !TRUSTED.has(role));
        for (const text of textsOf(untrusted)) {
          const technique = techniqueIn(text, budget);
          if (technique) return { verdict, reasonCode: 'prompt_injection.detected', metadata: { technique } };
        }
        return null;
      },
    };
  },
};

/** A setting that is left out is on: that is how the documentation shows all of them. */
function detector({ detection, encoding, boundaries }: Block<'prompt-injection'>) {
  const own = (detection?.attack_patterns ?? []).map((source) => compilePattern(source, { anyCase: true }));
  const unicode = encoding?.normalize_unicode ?? true;
  const lookalikes = encoding?.detect_homoglyphs ?? true;
  const base64 = encoding?.decode_base64 ?? true;
  const forged = boundaries?.reject_fake_boundaries ?? true;
  return (text: string, budget: Stage['budget']): string | null => {
    const seen = viewOf(text, { unicode, lookalikes }).text;
    const decoded = base64
      ? decodedParts(seen).map((part) => viewOf(part, { unicode, lookalikes }).text)
      : [];
    // As it is, as well: a pattern may be about the very letters that a view replaces.
    for (const form of new Set([text, seen, ...decoded])) {
      if (own.some((pattern) => pattern.matches(form, budget))) return 'attack_pattern';
      if (INJECTIONS.test(form)) return 'known_form';
      if (forged && FORGED_BOUNDARIES.test(form)) return 'forged_boundary';
    }
    return null;
  };
}
