/** "Did you mean": the rule that the policy document's findings follow, for names of our own. */
import { nearest } from '../lib/policy/nearest.ts';

/** `; did you mean "x"?`, or which names there are. */
export function orWhich(name: string, known: readonly string[]): string {
  const guess = nearest(name, known);
  if (guess !== null) return `did you mean "${guess}"?`;
  return known.length > 0 ? `there are: ${known.join(', ')}` : 'there are none';
}
