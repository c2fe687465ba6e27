/** A pattern of a document: RE2, so that the time it takes grows with the text and no faster. */
import { RE2JS } from 're2js';
import { BoundExceeded, type Budget, MAX_MATCHES } from '../budget.ts';
import type { Span } from './view.ts';

export interface Pattern {
  matches(text: string, budget: Budget): boolean;
  /** Every match that is not empty, in order. */
  find(text: string, budget: Budget): readonly Span[];
}

/** `source` has passed lint: it compiles. */
export function compilePattern(source: string, { anyCase = false } = {}): Pattern {
  const compiled = RE2JS.compile(source, anyCase ? RE2JS.CASE_INSENSITIVE : 0);
  const size = compiled.programSize();
  return {
    matches(text, budget) {
      budget.spend(size * (text.length + 1));
      return compiled.matcher(text).find();
    },
    find(text, budget) {
      const spans: Span[] = [];
      const matcher = compiled.matcher(text);
      // Each search may read to the end before it knows, so each is paid for.
      for (let at = 0; at <= text.length; ) {
        budget.spend(size * (text.length - at + 1));
        if (!matcher.find(at)) break;
        const span = { start: matcher.start(), end: matcher.end() };
        if (span.end > span.start) spans.push(span);
        if (spans.length > MAX_MATCHES) throw new BoundExceeded('the matches of one pattern');
        at = Math.max(span.end, span.start + 1);
      }
      return spans;
    },
  };
}
