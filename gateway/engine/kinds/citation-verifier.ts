/** `citation-verifier`: whether an answer names its sources, and whether they are those of the request. */
import type { Budget } from '../budget.ts';
import { citationsIn, PATTERNS, type Pattern } from '../citations/citations.ts';
import { groundednessOf, sentencesOf } from '../citations/groundedness.ts';
import { sourcesOf } from '../citations/sources.ts';
import { wordsOf } from '../citations/words.ts';
import type { Message } from '../request.ts';
import type { Block, Enforcement } from './enforcement.ts';

type Form = Block<'citation-verifier'>;

/** An answer without such a sentence claims nothing: a greeting, a question back, a number. */
const MIN_CLAIM_WORDS = 8;
const STEPS_PER_CHARACTER = 12;

interface Judgement {
  /** `unverified`: nobody can check it. `hallucination`: what it leans on is not there. */
  readonly fault: 'unverified' | 'hallucination' | null;
  readonly why: string;
  readonly report: Readonly<Record<string, number>>;
}

export const CITATION_VERIFIER: Enforcement<'citation-verifier'> = {
  enforced: true,
  without: ['external_resolver'],
  cannot({ extract_patterns: patterns = [] }) {
    const unknown = patterns.find((name) => !isPattern(name));
    return unknown === undefined
      ? null
      : `nothing here extracts ${unknown}; known are ${PATTERNS.join(', ')}`;
  },
  checks(block) {
    const { unverified_action: unverified = 'flag', hallucination_action: hallucination = 'flag' } =
      block.output_action ?? {};
    const actions = { unverified, hallucination };
    return {
      answer({ request, messages, budget }) {
        const { fault, why, report } = judge(block, request.messages, messages, budget);
        if (fault === null) return null;
        const facts = block.response?.include_verification_report ? { fault, ...report } : { fault };
        return {
          verdict: actions[fault] === 'block' ? 'block' : 'allow',
          reasonCode: `citation.${why}`,
          metadata: facts,
        };
      },
    };
  },
};

function judge(
  block: Form,
  asked: readonly Message[],
  answered: readonly Message[],
  budget: Budget,
): Judgement {
  const answer = answered.map(({ content }) => content).join('\n\n');
  budget.spend(
    STEPS_PER_CHARACTER * (answer.length + asked.reduce((sum, { content }) => sum + content.length, 0)),
  );
  const sources = sourcesOf(asked);
  const patterns = block.extract_patterns?.filter(isPattern) ?? PATTERNS;
  const citations = citationsIn(answer, patterns, sources, budget);
  const matching = citations.filter(({ matches }) => matches).length;
  const confidence = citations.length === 0 ? 1 : matching / citations.length;
  const groundedness =
    block.min_groundedness === undefined ? 1 : groundednessOf(answer, sources.texts, budget);
  const report = { citations: citations.length, matching, confidence, groundedness };
  const fault = (name: Judgement['fault'], why: string): Judgement => ({ fault: name, why, report });
  if (block.require_source_match && matching < citations.length)
    return fault('hallucination', 'source_unknown');
  if (groundedness < (block.min_groundedness ?? 0)) return fault('hallucination', 'ungrounded');
  if (block.require_sources && citations.length === 0 && claims(answer))
    return fault('unverified', 'source_missing');
  if (confidence < block.min_confidence) return fault('unverified', 'confidence_too_low');
  return { fault: null, why: '', report };
}

/** A question claims nothing. */
const claims = (answer: string): boolean =>
  sentencesOf(answer).some(
    (sentence) => !/\?["”')\]]*\s*$/.test(sentence) && wordsOf(sentence).length >= MIN_CLAIM_WORDS,
  );

const isPattern = (name: string): name is Pattern => PATTERNS.some((pattern) => pattern === name);
