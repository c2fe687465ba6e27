/** `prompt-injection`: known forms of attack, also encoded or disguised, and forged boundaries between turns. */

import { delimitersIn, escapes, FORGED_BOUNDARIES } from '../text/boundaries.ts';
import { decodedParts } from '../text/decoded.ts';
import { reversed, rot13, squeezed, unjoined, withoutDigits } from '../text/disguises.ts';
import { readingsIn } from '../text/escapes.ts';
import { isInjection, SQUEEZED } from '../text/injections.ts';
import { isInjectionElsewhere } from '../text/injections-elsewhere.ts';
import { likenessToAttacks } from '../text/likeness.ts';
import { compilePattern } from '../text/pattern.ts';
import { viewOf } from '../text/view.ts';
import type { Block, Enforcement, Stage } from './enforcement.ts';

/** What the operator and the model wrote is trusted; every other role is not, whatever it is called. */
const TRUSTED: ReadonlySet<string> = new Set(['system', 'developer', 'assistant']);
const OPERATOR: ReadonlySet<string> = new Set(['system', 'developer']);
const VERDICTS = { block: 'block', escalate: 'escalate', log: 'allow' } as const;
/** The built-in forms, on one form of a text: measured beside a step of a pattern of a document. */
const STEPS_PER_CHARACTER = 16;

export const PROMPT_INJECTION: Enforcement<'prompt-injection'> = {
  enforced: true,
  without: ['response.log_level'],
  checks(block) {
    const verdict = VERDICTS[block.response?.action ?? 'block'];
    // What the caller is told instead of the usual words.
    const told = block.response?.message === undefined ? {} : { message: block.response.message };
    const techniqueIn = detector(block);
    const enforced = block.boundaries?.enforce_delimiters ?? true;
    return {
      request({ messages, budget }) {
        const operator = messages.filter(({ role }) => OPERATOR.has(role)).map(({ content }) => content);
        const delimiters = enforced ? delimitersIn(operator.join('\n')) : [];
        const untrusted = messages.filter(({ role }) => !TRUSTED.has(role));
        for (const text of readingsIn(untrusted)) {
          const technique =
            techniqueIn(text, budget) ??
            (delimiters.some((delimiter) => escapes(text, delimiter)) ? 'delimiter_escape' : null);
          if (technique)
            return { verdict, reasonCode: 'prompt_injection.detected', metadata: { technique, ...told } };
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
  const encoded = encoding?.decode_base64 ?? true;
  const forged = boundaries?.reject_fake_boundaries ?? true;
  const threshold = detection?.embedding_threshold;
  return (text: string, budget: Stage['budget']): string | null => {
    const seen = viewOf(text, { unicode, lookalikes }).text;
    const decoded = encoded
      ? decodedParts(seen).map((part) => viewOf(part, { unicode, lookalikes }).text)
      : [];
    // As it is, as well: a pattern may be about the very letters that a view replaces.
    for (const form of new Set([text, seen, ...decoded])) {
      budget.spend(STEPS_PER_CHARACTER * form.length);
      if (own.some((pattern) => pattern.matches(form, budget))) return 'attack_pattern';
      if (isInjection(form) || isInjectionElsewhere(form)) return 'known_form';
      if (forged && FORGED_BOUNDARIES.test(form)) return 'forged_boundary';
    }
    const disguised = [
      ...(lookalikes ? [withoutDigits(seen), unjoined(seen)] : []),
      ...(encoded ? [rot13(seen), reversed(seen)] : []),
    ];
    for (const form of disguised) {
      if (form === null || form === seen) continue;
      budget.spend(STEPS_PER_CHARACTER * form.length);
      if (isInjection(form)) return 'disguised_form';
    }
    if (lookalikes && SQUEEZED.test(squeezed(seen))) return 'disguised_form';
    return threshold !== undefined && likenessToAttacks(seen, budget) >= threshold
      ? 'like_a_known_attack'
      : null;
  };
}
