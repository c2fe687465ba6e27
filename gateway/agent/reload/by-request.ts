/** Reload by a request: `POST` to a URL of the gateway. */
import * as z from 'zod';
import { exchange } from '../exchange.ts';
import { errnoOf } from '../files.ts';
import { oneLine, whyOf } from '../why.ts';
import type { Reload, ReloadOutcome } from './reload.ts';

const MAX_BYTES = 256 * 1024;

const RUNS = z.object({ content_hash: z.string().regex(/^[0-9a-f]{64}$/) });
const REFUSAL = z.object({ error: z.object({ message: z.string() }) });

interface ReloadRequest {
  readonly url: string;
  /** Read before every request: the file may be replaced. */
  readonly token: () => Promise<string | null>;
  readonly fetch: typeof fetch;
  readonly timeoutMs: number;
}

export function reloadByRequest({ url, token, fetch, timeoutMs }: ReloadRequest): Reload {
  const signal = new AbortController().signal;
  return async (): Promise<ReloadOutcome> => {
    try {
      const bearer = await token();
      const headers: Record<string, string> = bearer === null ? {} : { authorization: `Bearer ${bearer}` };
      const answer = await exchange(fetch, {
        method: 'POST',
        url,
        headers,
        timeoutMs,
        mostBytes: MAX_BYTES,
        signal,
      });
      if (answer.status >= 200 && answer.status < 300)
        return { kind: 'told', runs: RUNS.safeParse(answer.json).data?.content_hash ?? null };
      const said = REFUSAL.safeParse(answer.json).data?.error.message;
      const why = `the gateway answers ${answer.status} to a reload${said === undefined ? '' : `: ${said}`}`;
      return { kind: 'failed', why: oneLine(why) };
    } catch (error) {
      const why = `the gateway cannot be asked to reload: ${whyOf(error)}`;
      return { kind: isNobody(error) ? 'not there' : 'failed', why };
    }
  };
}

/** Nobody listens: there is no process that could run anything. */
export function isNobody(error: unknown): boolean {
  for (let at: unknown = error; at instanceof Error; at = at.cause) {
    if (errnoOf(at) === 'ECONNREFUSED') return true;
    if (at instanceof AggregateError) return at.errors.some(isNobody);
  }
  return false;
}
