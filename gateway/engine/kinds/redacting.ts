/** Redacting: finds become markers, or stop the request, as the policy says. */

import type { Budget } from '../budget.ts';
import { readingsOf } from '../text/escapes.ts';
import { type Find, replaceFinds } from '../text/replace.ts';
import type { Check } from './enforcement.ts';

interface Redacting {
  readonly action: 'redact' | 'block';
  readonly reasonCode: string;
  readonly find: (text: string, budget: Budget) => readonly Find[];
  readonly marker: (find: Find) => string;
  readonly metadata: boolean;
}

/** What cannot be redacted without breaking the arguments of a tool is blocked. */
export function redacting({ action, reasonCode, find, marker, metadata }: Redacting): Check {
  return ({ messages, budget }) => {
    const {
      messages: changed,
      counts,
      breaksArguments,
    } = replaceFinds(messages, (text) => inEveryReading(text, (reading) => find(reading, budget)), marker);
    if (Object.keys(counts).length === 0) return null;
    const facts = metadata ? { metadata: { found: counts } } : {};
    if (action === 'block' || breaksArguments) return { verdict: 'block', reasonCode, ...facts };
    return { verdict: 'redact', reasonCode, messages: changed, ...facts };
  };
}

/** What is found in more than one reading is one find. */
function inEveryReading(text: string, find: (reading: string) => readonly Find[]): readonly Find[] {
  const [first = [], ...others] = readingsOf(text).map((reading) =>
    find(reading.text).map((each) => ({ ...each, ...reading.original(each) })),
  );
  if (others.length === 0) return first;
  const nameOf = ({ start, end, label }: Find) => `${start} ${end} ${label}`;
  const known = new Set(first.map(nameOf));
  return [...first, ...others.flat().filter((each) => !known.has(nameOf(each)))];
}
