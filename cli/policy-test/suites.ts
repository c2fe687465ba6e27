/** Suites: the cases that a policy document holds itself, in `testing`. */
import * as z from 'zod';
import { TESTING } from '../../lib/policy/schema/testing.ts';
import { INPUT, readInput } from './conversation.ts';
import { inWords, type PolicyCase, type Read } from './policy-case.ts';

type Testing = z.output<typeof TESTING>;
type Case = NonNullable<Testing['suites']>[number]['cases'][number];

/** An expectation that says neither would pass whatever happens. */
const EXPECTED = z
  .strictObject({ verdict: z.string(), reason_code: z.string() })
  .partial()
  .refine(({ verdict, reason_code: reason }) => (verdict ?? reason) !== undefined, {
    error: 'say which verdict or reason_code is expected',
  });
const INLINE = z.object({ input: INPUT.partial({ messages: true }), expected: EXPECTED });

/** `testing` as it stands in a valid document. What is not documented cannot be run, and is not passed over. */
export function readSuites(file: string, testing: unknown): Read {
  if (testing === undefined) return [];
  const { suites = [], plugins = [], strategies = [] } = TESTING.parse(testing);
  if (plugins.length > 0)
    return { trouble: '`testing.plugins` cannot be run: what they do is not documented' };
  if (strategies.length > 0)
    return { trouble: '`testing.strategies` cannot be run: what they do is not documented' };
  const cases: PolicyCase[] = [];
  for (const suite of suites) {
    if (suite.assertions && suite.assertions.length > 0)
      return {
        trouble: `the assertions of suite ${suite.name} cannot be run: what they do is not documented`,
      };
    for (const [i, each] of suite.cases.entries()) {
      const name = `${suite.name}: ${each.name ?? `case ${i + 1}`}`;
      const read = caseOf(file, name, each);
      if ('trouble' in read) return { trouble: `${name}: ${read.trouble}` };
      cases.push(read);
    }
  }
  return cases;
}

function caseOf(file: string, name: string, given: Case): PolicyCase | { readonly trouble: string } {
  const parsed = INLINE.safeParse(given);
  if (!parsed.success) return { trouble: inWords(parsed.error) };
  const { input, expected } = parsed.data;
  const read = readInput({ ...input, messages: input.messages ?? [] });
  return 'trouble' in read ? read : { name, file, ...read, expected };
}
