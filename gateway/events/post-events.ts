/** Posts a batch of decisions to the API. */
import { exchange } from '../agent/exchange.ts';

export type PostOutcome =
  | { readonly kind: 'taken' }
  /** It is not to the API's liking, and will not be: at least one decision in it is wrong. */
  | { readonly kind: 'refused'; readonly why: string }
  /** Not now: the API is away, busy, or does not know the token. */
  | { readonly kind: 'later'; readonly why: string; readonly retryAfterMs: number | null };

export type Post = (events: readonly unknown[], signal: AbortSignal) => Promise<PostOutcome>;

export interface PostOptions {
  /** Without a trailing slash. */
  readonly apiUrl: string;
  /** The gateway's own. */
  readonly token: string;
  readonly fetch: typeof fetch;
}

const TIMEOUT_MS = 15_000;
const MAX_ANSWER_BYTES = 64 * 1024;
const MAX_RETRY_AFTER_MS = 5 * 60_000;

/** Never throws. */
export function postTo({ apiUrl, token, fetch }: PostOptions): Post {
  return async (events, signal) => {
    try {
      const { status, headers } = await exchange(fetch, {
        method: 'POST',
        url: `${apiUrl}/v1/events`,
        headers: {
          authorization: `Bearer ${token}`,
          'content-type': 'application/json',
          'user-agent': 'kt-gateway',
        },
        body: JSON.stringify({ events }),
        timeoutMs: TIMEOUT_MS,
        mostBytes: MAX_ANSWER_BYTES,
        signal,
      });
      if (status === 202) return { kind: 'taken' };
      const why = `the API answers ${status}`;
      // What is too large as a batch may be taken in parts.
      if ([400, 413, 422].includes(status)) return { kind: 'refused', why };
      const after = headers.get('retry-after') ?? '';
      const retryAfterMs = /^\d{1,6}$/.test(after)
        ? Math.min(Number(after) * 1000, MAX_RETRY_AFTER_MS)
        : null;
      return { kind: 'later', why, retryAfterMs };
    } catch (error) {
      return { kind: 'later', why: whyOf(error), retryAfterMs: null };
    }
  };
}

/** `fetch` calls everything a TypeError, and says in the cause which it was. */
function whyOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown';
  const { cause } = error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : error.name;
}
