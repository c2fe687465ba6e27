/**
 * `testing`: suites of cases that run without a network. What `assertions`, `plugins` and `strategies` hold is not
 * documented, nor are all fields of a case's `input` and `expected`.
 */
import * as z from 'zod';
import { fraction, open, text } from './fields.ts';

const MESSAGE = z.looseObject({ role: text, content: z.string() });

const CASE = z.strictObject({
  name: text.optional(),
  input: z.looseObject({
    messages: z.array(MESSAGE).optional(),
    headers: z.record(text, z.string()).optional(),
  }),
  expected: z.looseObject({
    verdict: z.enum(['allow', 'block', 'redact', 'escalate']).optional(),
    reason_code: text.optional(),
  }),
});

export const TESTING = z.strictObject({
  default_threshold: fraction.optional(),
  suites: z
    .array(
      z.strictObject({
        name: text,
        description: z.string().max(2000).optional(),
        target: text.optional(),
        assertions: z.array(open).optional(),
        cases: z.array(CASE),
      }),
    )
    .optional(),
  plugins: z.array(z.union([text, open])).optional(),
  strategies: z.array(z.union([text, open])).optional(),
});
