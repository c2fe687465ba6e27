/** The status URL: what the gateway itself says it runs. */
import * as z from 'zod';
import { exchange } from '../exchange.ts';
import { isNobody } from './by-request.ts';

const TIMEOUT_MS = 3000;
const MAX_BYTES = 256 * 1024;

const STATUS = z.object({
  content_hash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
});

/** SHA-256; null when it runs nothing, or nobody listens; undefined when it gives no answer that says so. */
export type AskRunning = () => Promise<string | null | undefined>;

export function askStatusUrl(url: string, fetch: typeof globalThis.fetch): AskRunning {
  const signal = new AbortController().signal;
  return async () => {
    try {
      const asking = {
        method: 'GET' as const,
        url,
        headers: {},
        timeoutMs: TIMEOUT_MS,
        mostBytes: MAX_BYTES,
        signal,
      };
      const { status, json } = await exchange(fetch, asking);
      return status === 200 ? STATUS.safeParse(json).data?.content_hash : undefined;
    } catch (error) {
      return isNobody(error) ? null : undefined;
    }
  };
}
