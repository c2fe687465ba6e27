/** Groundedness: how many sentences of an answer are made of the words of a source. No meaning is compared. */
import type { Budget } from '../budget.ts';
import { contentOf } from './words.ts';

/** A sentence with fewer words of content claims nothing. */
const MIN_CONTENT = 3;
/** Of the content of a sentence, in one source. */
const SHARE = 0.6;
const STEPS_PER_WORD = 4;

export const sentencesOf = (text: string): readonly string[] =>
  text.split(/(?<=[.!?。！？])["”')\]]{0,3}\s+|\n+/).filter((sentence) => sentence.trim() !== '');

/** 0 to 1; 1 when no sentence claims anything. */
export function groundednessOf(answer: string, sources: readonly string[], budget: Budget): number {
  const contents = sources.map((source) => new Set(contentOf(source)));
  let [claims, grounded] = [0, 0];
  for (const sentence of sentencesOf(answer)) {
    const words = contentOf(sentence);
    if (words.length < MIN_CONTENT) continue;
    claims += 1;
    budget.spend(STEPS_PER_WORD * words.length * (1 + contents.length));
    if (contents.some((content) => words.filter((word) => content.has(word)).length >= SHARE * words.length))
      grounded += 1;
  }
  return claims === 0 ? 1 : grounded / claims;
}
