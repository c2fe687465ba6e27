/** Harm: what a text asks for that a mode forbids, unless the sentence is about preventing or understanding it. */
import type { Budget } from '../budget.ts';
import { AUTOMOTIVE } from './automotive.ts';
import { CRITICAL_INFRASTRUCTURE } from './critical-infrastructure.ts';
import { EDUCATION, UNDER_EIGHTEEN } from './education.ts';
import { LAW_ENFORCEMENT } from './law-enforcement.ts';
import { expressionsOf, type Subject } from './subjects.ts';

export type Mode = 'critical_infrastructure' | 'automotive' | 'education' | 'law_enforcement';

const MODES: Readonly<Record<Mode, readonly Subject[]>> = {
  critical_infrastructure: CRITICAL_INFRASTRUCTURE,
  automotive: AUTOMOTIVE,
  education: EDUCATION,
  law_enforcement: LAW_ENFORCEMENT,
};

/**
 * In the same sentence before the deed: it is to be prevented, told of somebody, or explained. An attacker can write so as
 * well; without it, every lesson and every report about such deeds would be refused.
 */
const EXCUSES =
  /\b(?:prevent\w*|protect\w*|defen[ds]\w*|detect\w*|stop (?:people|someone|operators|attackers|thieves|hackers|them)|against|mitigat\w*|respond(?:ing)? to|recover\w* from|harden\w*|safeguard\w*|secur(?:e|ing) \w+ from|avoid being|do (?:thieves|attackers|hackers|criminals|courts)|anti-\w+|training on|train officers|illegal to|consequences of|is it a crime|the law on|history of|what happens (?:if|when)|report(?:ed|s)? (?:that|on|of)|mistake|by accident|accidentally)\b/i;
const SENTENCE_END = /[.!?\n](?=[^.!?\n]*$)/;
const LOOK_BACK = 160;
/** All expressions of a mode, measured beside a step of a pattern of a document. */
const STEPS_PER_CHARACTER = 12;

type HarmFinder = (text: string, budget: Budget) => string | null;

/** The subject of the first harmful deed; null when there is none. */
export function harmFinder(mode: Mode, maxAge: number): HarmFinder {
  const subjects = [...MODES[mode], ...(maxAge > 0 && maxAge < 18 ? UNDER_EIGHTEEN : [])];
  const all = subjects.map((subject) => [subject.name, expressionsOf(subject)] as const);
  return (text, budget) => {
    budget.spend(STEPS_PER_CHARACTER * text.length);
    const found = all.find(([, expressions]) =>
      expressions.some((expression) =>
        [...text.matchAll(expression)].some((match) => !isExcused(text, match.index)),
      ),
    );
    return found ? found[0] : null;
  };
}

function isExcused(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - LOOK_BACK), at);
  const end = SENTENCE_END.exec(before)?.index ?? -1;
  return EXCUSES.test(before.slice(end + 1));
}
