/** Runtime: what a gateway recalls and records beside enforcing. The fields of `agents` are not documented. */
import * as z from 'zod';
import { days, open, port, positive, text } from './fields.ts';

export const RUNTIME_SECTIONS = {
  agents: z
    .union([z.record(text(), open()), z.array(open())])
    .optional()
    .describe('What each agent may use.'),
  loads: z
    .strictObject({
      enabled: z.boolean().default(false),
      backend: z.enum(['api', 'memory']).optional(),
      recall_top_k: positive().default(5),
      write_mode: z.enum(['full', 'read_only', 'metadata_only']).optional(),
      timeout_ms: positive().default(3000),
      fail_open: z.boolean().default(true),
    })
    .optional(),
  history: z
    .strictObject({
      enabled: z.boolean(),
      mode: z.enum(['raw']),
      include_blocked: z.boolean(),
      retention_days: days(),
      fail_open: z.boolean(),
    })
    .partial()
    .optional(),
  gateway: z.strictObject({ listen_port: port() }).partial().optional(),
};
