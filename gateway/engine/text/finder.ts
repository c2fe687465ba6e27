/** A finder: what something looks like, and what else has to be true of it. */
import type { Budget } from '../budget.ts';
import type { Find } from './replace.ts';

export interface Finder {
  /**
   * Global. Every repetition has an upper bound, so that no text makes a search slow. A first group is the find; without
   * one, all of it is. A group called `before`, in a look-behind, is the part that would make a search slow if it had to
   * begin there.
   */
  readonly looks: RegExp;
  /** How much of what looks so it is, in characters; 0 when it is not. Without it, all of it is. */
  readonly length?: (candidate: string) => number;
}

export type Finders<Label extends string> = Readonly<Record<Label, readonly Finder[]>>;

/** What such a search costs, measured beside a step of a pattern of a document. */
const STEPS_PER_CHARACTER = 1;

export function findAll<Label extends string>(
  finders: Finders<Label>,
  labels: readonly Label[],
  text: string,
  budget: Budget,
): readonly Find[] {
  return labels.flatMap((label) =>
    finders[label].flatMap(({ looks, length }) => {
      budget.spend(STEPS_PER_CHARACTER * text.length);
      return [...text.matchAll(looks)].flatMap((match) => {
        const { candidate, start } = candidateOf(match);
        const found = length ? length(candidate) : candidate.length;
        return found === 0 ? [] : [{ label, start, end: start + found }];
      });
    }),
  );
}

function candidateOf(match: RegExpExecArray): { candidate: string; start: number } {
  const { 0: all, 1: group, index, groups } = match;
  const before = groups?.['before'];
  if (before !== undefined) return { candidate: before + all, start: index - before.length };
  return group === undefined
    ? { candidate: all, start: index }
    : { candidate: group, start: index + all.lastIndexOf(group) };
}

export const whole = (is: (candidate: string) => boolean) => (candidate: string) =>
  is(candidate) ? candidate.length : 0;

export const digitsIn = (text: string): string => text.replaceAll(/\D/g, '');
