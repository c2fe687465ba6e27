/** `pack`: what a configuration is called, and its kill switch. */
import * as z from 'zod';

/** Three numbers, as documented; pre-release and build parts are not. */
const VERSION = z.string().regex(/^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)$/, {
  error: 'must be three numbers, MAJOR.MINOR.PATCH, like 1.4.0',
});

export const PACK = z.strictObject({
  name: z.string().min(1).max(200),
  version: VERSION,
  enabled: z.boolean(),
  id: z.string().min(1).max(200).nullable().default(null),
  author: z.string().max(200).default(''),
  description: z.string().max(2000).default(''),
});
export type Pack = Readonly<z.infer<typeof PACK>>;

/** `policy` in a document of a single kind. The name is checked by its own rule. */
export const SINGLE_POLICY = z.strictObject({ name: z.string(), version: VERSION, enabled: z.boolean() });
