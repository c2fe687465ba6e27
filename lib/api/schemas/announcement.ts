/** What was announced, as answers show it: a manifest, and the signature over it. */
import * as z from 'zod';

export const MANIFEST = z.strictObject({
  configuration_id: z.string(),
  version_id: z.string(),
  number: z.int(),
  sequence: z.int(),
  content_hash: z.string(),
  commit: z.string().nullable(),
  issued_at: z.string(),
});

export const SIGNATURE = z.strictObject({ kid: z.string(), alg: z.literal('ES256'), value: z.string() });
