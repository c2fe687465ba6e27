/** What a gateway is answered that wants to receive from its queue. */
import * as z from 'zod';
import { response } from './registry.ts';

export const QUEUE_CREDENTIALS = response(
  'QueueCredentials',
  z.strictObject({
    queue_url: z.string(),
    region: z.string(),
    endpoint: z.string().nullable().describe('Where SQS is reached; null for its address at AWS.'),
    credentials: z
      .strictObject({
        access_key_id: z.string(),
        secret_access_key: z.string(),
        session_token: z.string(),
        expires_at: z.string().describe('15 minutes to an hour ahead.'),
      })
      .describe('Of AWS, for this queue only: receive, delete, change the visibility, read the attributes.'),
  }),
);
