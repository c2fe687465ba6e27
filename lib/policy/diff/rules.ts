/** Rules: the tables of stances as a tree that is walked together with a document. */
import type { Stance, StanceTable } from './stance.ts';

export interface Rule {
  readonly stance: Stance | null;
  readonly fields: ReadonlyMap<string, Rule>;
  /** For the items of a list, and for keys that a document may choose. */
  readonly each: Rule | null;
}

interface Growing {
  stance: Stance | null;
  fields: Map<string, Growing>;
  each: Growing | null;
}

export function rulesOf(table: StanceTable): Rule {
  const root = grow();
  for (const [pattern, stance] of Object.entries(table)) {
    let rule = root;
    for (const step of stepsOf(pattern)) rule = step === '*' ? eachOf(rule) : fieldOf(rule, step);
    rule.stance = stance;
  }
  return root;
}

/** `targets[].model` → `targets`, `*`, `model`; the empty pattern is the root. */
function stepsOf(pattern: string): readonly string[] {
  if (pattern === '') return [];
  return pattern.split('.').flatMap((step) => (step.endsWith('[]') ? [step.slice(0, -2), '*'] : [step]));
}

function grow(): Growing {
  return { stance: null, fields: new Map(), each: null };
}

function eachOf(rule: Growing): Growing {
  rule.each ??= grow();
  return rule.each;
}

function fieldOf(rule: Growing, name: string): Growing {
  const field = rule.fields.get(name) ?? grow();
  rule.fields.set(name, field);
  return field;
}
