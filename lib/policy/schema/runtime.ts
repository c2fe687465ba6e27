/** Runtime: what a gateway recalls and records beside enforcing. The fields of `agents` are not documented. */
import * as z from 'zod';
import { days, flag, open, port, positive, text } from './fields.ts';

export const RUNTIME_SECTIONS = {
  agents: z
    .union([z.record(text, open), z.array(open)])
    .optional()
    .describe('What each agent may use.'),
  loads: z
    .strictObject({
      enabled: flag.default(false),
      backend: z.enum(['api', 'memory']).optional(),
      recall_top_k: positive.default(5),
      write_mode: z.enum(['full', 'read_only', 'metadata_only']).optional(),
      timeout_ms: positive.default(3000),
      fail_open: flag.default(true),
    })
    .optional(),
  history: z
    .strictObject({
      enabled: flag,
      mode: z.enum(['raw']),
      include_blocked: flag,
      retention_days: days,
      fail_open: flag,
    })
    .partial()
    .optional(),
  gateway: z.strictObject({ listen_port: port }).partial().optional(),
};
