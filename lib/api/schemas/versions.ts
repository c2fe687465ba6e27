/** What is sent and answered about versions. */
import * as z from 'zod';
import { HOLD_MINUTES } from '../../domain/hold.ts';
import { cursor } from '../paging.ts';
import { time, whole } from './fields.ts';
import { request, response } from './registry.ts';

export const VERSION = response(
  'Version',
  z.strictObject({
    id: z.string(),
    configuration_id: z.string(),
    number: z.int(),
    content_hash: z.string(),
    commit: z.string().nullable(),
    author: z.string().nullable(),
    message: z.string().nullable(),
    source: z.enum(['git', 'api']),
    pack_version: z.string(),
    created_at: z.string(),
    active: z.boolean(),
    summary: z.string(),
  }),
);

export const VERSION_LIST = response('VersionList', z.array(VERSION));

export const VERSION_QUERY = z.strictObject({
  limit: z.coerce.number<string>().int().min(1).max(200).default(50),
  cursor,
});

export const ACTIVATE_REQUEST = request(
  'ActivateRequest',
  z.strictObject({
    reason: z
      .string()
      .max(1000)
      .refine(...whole)
      .trim()
      .default(''),
    hold: z
      .strictObject({
        minutes: z.int().min(HOLD_MINUTES.least).max(HOLD_MINUTES.most).optional(),
        until: time.optional(),
      })
      .refine(({ minutes, until }) => (minutes === undefined) !== (until === undefined), {
        error: 'takes either minutes or until',
      })
      .optional()
      .describe('Keeps the version in force against git until then. Either minutes or until.'),
  }),
);
