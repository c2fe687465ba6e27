/** Network: from where a gateway may be called. */
import * as z from 'zod';
import { count, flag, header, text } from './fields.ts';

const CIDR = z
  .string()
  .regex(
    /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?:25[0-5]|2[0-4]\d|1?\d?\d)){3}\/(?:3[0-2]|[12]?\d)|(?=.*:)[0-9A-Fa-f:.]{2,45}\/(?:12[0-8]|1[01]\d|\d?\d))$/,
    { error: 'must be a network like 10.0.0.0/8 or 2001:db8::/32' },
  );

export const NETWORK_SECTIONS = {
  ip_allowlist: z
    .strictObject({
      enabled: flag.default(true),
      cidrs: z.array(CIDR),
      trust_proxy_depth: count.default(0),
    })
    .optional(),
  cors: z
    .strictObject({
      enabled: flag,
      allow_origins: z.array(text),
      allow_methods: z.array(z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', '*'])),
      allow_headers: z.array(z.union([header, z.literal('*')])),
      expose_headers: z.array(z.union([header, z.literal('*')])),
      credentials: flag,
      max_age: count,
    })
    .partial()
    .optional(),
};
