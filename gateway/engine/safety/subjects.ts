/** Subjects: what a mode of `safety-filter` looks for, as deeds done to things, and as phrases. English. */

export interface Subject {
  readonly name: string;
  /** A verb with its object, a few words between them at most. */
  readonly deeds?: readonly (readonly [verbs: string, things: string])[];
  /** Expressions of their own. */
  readonly phrases?: readonly string[];
}

/** Between a verb and its object: a few words, none of which begins something else. */
const GAP = String.raw`(?:[\s,]{1,4}(?!(?:near|with|about|beside|behind|after|before|that|poster|simulator|model)\b)[\w'’-]{1,24}){0,5}?[\s,]{1,4}`;

export const expressionsOf = ({ deeds = [], phrases = [] }: Subject): readonly RegExp[] => [
  ...deeds.map(([verbs, things]) => new RegExp(`\\b(?:${verbs})${GAP}(?:${things})\\b`, 'gi')),
  ...phrases.map((phrase) => new RegExp(`\\b(?:${phrase})\\b`, 'gi')),
];
