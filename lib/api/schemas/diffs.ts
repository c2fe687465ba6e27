/** What is asked and answered about the difference between two versions. */
import * as z from 'zod';
import { response } from './registry.ts';

export const DIFF_QUERY = z.strictObject({
  from: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,100}$/, { error: 'is the number or the id of a version' })
    .optional()
    .describe('The version to compare with, by number or id; by default the one before.'),
});

const COMPARED = z.strictObject({ version_id: z.string(), number: z.int(), content_hash: z.string() });

export const DIFF = response(
  'Diff',
  z.strictObject({
    from: COMPARED.nullable().describe('null for the first version: there is nothing before it.'),
    to: COMPARED,
    changes: z.array(
      z.strictObject({
        path: z.string(),
        change: z.enum(['added', 'removed', 'changed', 'moved']),
        before: z.unknown().describe('null when there was nothing; clipped when it is long.'),
        after: z.unknown(),
        effect: z
          .enum(['tightens', 'loosens', 'neutral', 'unknown'])
          .describe('What it does to what is enforced.'),
        reason: z.string(),
      }),
    ),
    summary: z.string(),
  }),
);
