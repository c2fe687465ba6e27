/** `response-rewriter`: rules that change an answer, in order. */

import type { Budget } from '../budget.ts';
import { compilePattern } from '../text/pattern.ts';
import type { Block, Enforcement } from './enforcement.ts';

type Rule = NonNullable<Block<'response-rewriter'>['rules']>[number];
type Rewrite = (text: string, budget: Budget) => string;

export const RESPONSE_REWRITER: Enforcement<'response-rewriter'> = {
  enforced: true,
  without: ['preserve_structure'],
  checks({ rules = [] }) {
    const all = rules.map((rule) => ({ rule, rewrite: rewriteOf(rule) }));
    // What stands beside the answer, as the address of a source, is no place for a preface.
    const inText = all.filter(({ rule }) => rule.pattern !== undefined && rule.position === 'replace');
    return {
      answer({ messages, budget }) {
        // Arguments of tools are no prose.
        const changed = messages.map((message) => ({
          ...message,
          content: (message.aside ? inText : all).reduce(
            (text, { rewrite }) => rewrite(text, budget),
            message.content,
          ),
        }));
        if (changed.every(({ content }, i) => content === messages[i]?.content)) return null;
        return { verdict: 'redact', reasonCode: 'response_rewriter.rewritten', messages: changed };
      },
    };
  },
};

/** Without a pattern: the whole answer. With one, `prepend` and `append` are for answers in which it matches. */
function rewriteOf({ pattern, replacement = '', position }: Rule): Rewrite {
  const compiled = pattern === undefined ? null : compilePattern(pattern);
  if (position !== 'replace')
    return (text, budget) => {
      if (text === '' || (compiled && !compiled.matches(text, budget))) return text;
      return position === 'prepend' ? replacement + text : text + replacement;
    };
  return (text, budget) => {
    if (!compiled) return text === '' ? text : replacement;
    let [result, at] = ['', 0];
    for (const { start, end } of compiled.find(text, budget)) {
      result += text.slice(at, start) + replacement;
      at = end;
    }
    return result + text.slice(at);
  };
}
