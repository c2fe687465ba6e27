/** What is answered about the system itself. */
import * as z from 'zod';
import { response } from './registry.ts';

export const HEALTH = response('Health', z.strictObject({ status: z.enum(['ok', 'ready']) }));

export const KEY = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string(),
  y: z.string(),
  kid: z.string(),
  use: z.literal('sig'),
  alg: z.literal('ES256'),
});

export const KEYS = response('Keys', z.strictObject({ keys: z.array(KEY) }));

export const OPENAPI = response('OpenApi', z.looseObject({ openapi: z.literal('3.1.0') }));
