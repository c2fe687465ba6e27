/** The schema of each kind's `policy.<kind>` block. A kind without one here may hold any keys. */
import type * as z from 'zod';
import type { Kind } from './kinds.ts';

/** Object schemas should be strict: what a schema does not name becomes an E002 with the valid keys. */
export const BLOCK_SCHEMAS: Readonly<Partial<Record<Kind, z.ZodType>>> = {};
