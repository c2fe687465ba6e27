/** The error envelope, and findings in it. */
import * as z from 'zod';
import { response } from './registry.ts';

export const FINDING = response(
  'Finding',
  z.strictObject({
    code: z.string(),
    severity: z.enum(['error', 'warning']),
    path: z.string(),
    line: z.int(),
    column: z.int(),
    message: z.string(),
    suggestion: z.string(),
  }),
);

export const ERROR = response(
  'Error',
  z.strictObject({
    error: z.strictObject({
      type: z.string(),
      message: z.string(),
      code: z.string(),
      details: z
        .array(z.strictObject({ ...FINDING.partial().shape, field: z.string(), message: z.string() }))
        .optional(),
    }),
  }),
);
