/** `pack`: what a configuration is called, and its kill switch. */
import * as z from 'zod';
import { flag } from './fields.ts';

/** Three numbers, as documented; pre-release and build parts are not. */
export const packVersion = () =>
  z.string().regex(/^(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)$/, {
    error: 'must be three numbers, MAJOR.MINOR.PATCH, like 1.4.0',
  });

export const PACK = z.strictObject({
  name: z.string().min(1).max(200).describe('What people call this configuration.'),
  version: packVersion().describe('MAJOR.MINOR.PATCH.'),
  enabled: flag.describe('The kill switch of the whole configuration.'),
  id: z
    .string()
    .min(1)
    .max(200)
    .nullable()
    .default(null)
    .describe('The id of the configuration; stays when the name changes.'),
  author: z.string().max(200).default(''),
  description: z.string().max(2000).default(''),
});
export type Pack = Readonly<z.infer<typeof PACK>>;
