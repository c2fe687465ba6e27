/**
 * Limits: how much a caller may send. A fifth scope and a shared backend exist whose names are not documented; the
 * other documented shape (`rate_limits`) is refused with a message of its own.
 */
import * as z from 'zod';
import { count, header, positive } from './fields.ts';

const WINDOW = { max_requests: positive, window_seconds: positive };

export const LIMIT_SECTIONS = {
  global_rate_limit: z.strictObject(WINDOW).optional(),
  ip_rate_limit: z.strictObject({ ...WINDOW, trust_proxy_depth: count.default(0) }).optional(),
  user_rate_limit: z.strictObject({ ...WINDOW, header_names: z.array(header).optional() }).optional(),
  token_rate_limit: z
    .strictObject({
      max_tokens: positive,
      window_seconds: positive,
      scope: z.enum(['global']).default('global'),
    })
    .optional(),
  size_limits: z
    .strictObject({ max_body_bytes: positive, max_response_bytes: positive })
    .partial()
    .optional(),
};
