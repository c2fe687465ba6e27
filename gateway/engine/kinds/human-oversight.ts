/** `human-oversight`: what names a subject that needs a person, or calls a tool that does, waits for one. */
import { readingsIn } from '../text/escapes.ts';
import { termFinder } from '../text/terms.ts';
import type { Check, Enforcement } from './enforcement.ts';
import { mayCall, toolsAt } from './tool-rules.ts';

export const HUMAN_OVERSIGHT: Enforcement<'human-oversight'> = {
  enforced: true,
  without: ['confidence_threshold'],
  checks({ require_human_for: subjects, action }) {
    // `wire_transfer` is a tool of that name, and "wire transfer" in a text.
    const find = termFinder(
      subjects.map((subject) => subject.replaceAll(/[_-]+/g, ' ')),
      { distance: 0 },
    );
    const check: Check = (stage) => {
      const { messages, budget } = stage;
      const isNamed =
        readingsIn(messages).some((text) => find(text.replaceAll(/[_-]/g, ' '), budget).length > 0) ||
        toolsAt(stage).some((tool) => !mayCall(tool, { denied: subjects }));
      return isNamed ? { verdict: action, reasonCode: 'human_oversight.required' } : null;
    };
    return { request: check, answer: check };
  },
};
