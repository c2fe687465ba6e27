/** One question is answered and the process ends: what zod would compile first is not worth the time it takes. */
import type * as z from 'zod';

declare global {
  /** Where zod keeps its settings. */
  var __zod_globalConfig: z.core.$ZodConfig | undefined;
}

// Not `z.config`: schemas look at this when they are made, chunks are loaded in an order of their own, and zod only when needed.
globalThis.__zod_globalConfig = { jitless: true };
