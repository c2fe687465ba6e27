/** The API as a gateway sees it. What cannot be decided on is thrown as an `ApiTrouble`. */
import type * as z from 'zod';
import type { Health } from '../../lib/domain/report.ts';
import { type Answered, exchange } from './exchange.ts';
import {
  KEYS,
  type Key,
  OFFER,
  type Offer,
  QUEUE_GRANT,
  type QueueGrant,
  REFUSAL,
  type SignedReceipt,
} from './shapes.ts';
import { oneLine, whyOf } from './why.ts';

const TIMEOUT_MS = 15_000;
/** A document may have 256 KiB, and six bytes for a character when it is written as JSON. */
const MAX_BYTES = 2 * 1024 * 1024;
const LONGEST_RETRY_MS = 5 * 60_000;

export class ApiTrouble extends Error {
  override readonly name = 'ApiTrouble';
  readonly retryAfterMs: number | null;

  constructor(message: string, retryAfterMs: number | null = null) {
    super(message);
    this.retryAfterMs = retryAfterMs;
  }
}

export type ConfigurationAnswer =
  | { readonly kind: 'offer'; readonly offer: Offer }
  | { readonly kind: 'not modified' }
  | { readonly kind: 'not bound' };

export type ReceiptAnswer =
  | { readonly kind: 'taken' }
  | { readonly kind: 'never'; readonly status: number; readonly code: string; readonly message: string }
  /** Not before a person has changed something: the gateway at the API, or the token, if it is that of another. */
  | { readonly kind: 'mend'; readonly message: string }
  | { readonly kind: 'later'; readonly retryAfterMs: number | null };

export interface Beat {
  readonly content_hash: string | null;
  readonly sequence: number | null;
  readonly version_id: string | null;
  readonly uptime_seconds: number;
  readonly health: Health;
  readonly reason: string | null;
}

/** For how long the credentials are good, by the API's own clock; null when it does not say what time it is. */
export interface Lent {
  readonly grant: QueueGrant;
  readonly lifetimeMs: number | null;
  /** How far this machine's clock is behind the API's; negative when it is ahead. */
  readonly clockOffsetMs: number;
}

interface ApiOptions {
  readonly url: string;
  readonly gatewayId: string;
  readonly token: string;
  readonly fetch: typeof fetch;
  readonly now: () => Date;
  readonly signal: AbortSignal;
}

export type GatewayApi = ReturnType<typeof gatewayApi>;

export function gatewayApi({ url, gatewayId, token, fetch, now, signal }: ApiOptions) {
  const own = `${url}/v1/gateways/${encodeURIComponent(gatewayId)}`;

  async function ask(
    method: 'GET' | 'POST',
    to: string,
    more: { body?: unknown; headers?: Record<string, string> } = {},
  ) {
    const { body } = more;
    const headers = {
      accept: 'application/json',
      authorization: `Bearer ${token}`,
      'user-agent': 'kt-gateway-agent',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...more.headers,
    };
    const sent = body === undefined ? {} : { body: JSON.stringify(body) };
    try {
      return await exchange(fetch, {
        method,
        url: to,
        headers,
        ...sent,
        timeoutMs: TIMEOUT_MS,
        mostBytes: MAX_BYTES,
        signal,
      });
    } catch (error) {
      throw new ApiTrouble(whyOf(error));
    }
  }

  return {
    /** `etag` is of what was decided on last; null asks for it all. */
    async configuration(etag: string | null): Promise<ConfigurationAnswer> {
      const headers: Record<string, string> = etag === null ? {} : { 'if-none-match': etag };
      const answer = await ask('GET', `${own}/configuration`, { headers });
      if (answer.status === 304 && etag !== null) return { kind: 'not modified' };
      if (answer.status === 200) return { kind: 'offer', offer: understood(answer, OFFER) };
      if (answer.status === 404 && refusalOf(answer)?.code === 'not_bound') return { kind: 'not bound' };
      throw trouble(answer);
    },

    async keys(): Promise<readonly Key[]> {
      const answer = await ask('GET', `${url}/v1/keys`, { headers: { 'cache-control': 'no-cache' } });
      if (answer.status !== 200) throw trouble(answer);
      return understood(answer, KEYS).keys;
    },

    /** Never throws: a receipt waits. */
    async receipt(receipt: SignedReceipt): Promise<ReceiptAnswer> {
      try {
        const answer = await ask('POST', `${own}/receipts`, { body: receipt });
        return receiptAnswer(answer);
      } catch {
        return { kind: 'later', retryAfterMs: null };
      }
    },

    async heartbeat(beat: Beat): Promise<void> {
      const answer = await ask('POST', `${own}/heartbeat`, { body: beat });
      if (answer.status !== 204) throw trouble(answer);
    },

    async queueCredentials(): Promise<Lent> {
      const answer = await ask('POST', `${own}/queue-credentials`);
      if (answer.status !== 200) throw trouble(answer);
      const grant = understood(answer, QUEUE_GRANT);
      const theirs = Date.parse(answer.headers.get('date') ?? '');
      if (Number.isNaN(theirs)) return { grant, lifetimeMs: null, clockOffsetMs: 0 };
      const lifetimeMs = Date.parse(grant.credentials.expires_at) - theirs;
      return { grant, lifetimeMs, clockOffsetMs: theirs - now().getTime() };
    },
  };
}

/** What is wrong with a receipt stays wrong; but only the API may say so, and not a proxy on the way. */
function receiptAnswer(answer: Answered): ReceiptAnswer {
  const { status } = answer;
  if (status === 201 || status === 200) return { kind: 'taken' };
  const refusal = refusalOf(answer);
  // Also where the API knows another key of the gateway's than it signs with.
  if (refusal && (status === 409 || status === 404 || refusal.code === 'signature_invalid'))
    return { kind: 'mend', message: oneLine(refusal.message) };
  if (refusal && [400, 413, 422].includes(status))
    return { kind: 'never', status, code: oneLine(refusal.code), message: oneLine(refusal.message) };
  return { kind: 'later', retryAfterMs: retryAfterMs(answer) };
}

function understood<T>({ json }: Answered, shape: z.ZodType<T>): T {
  const parsed = shape.safeParse(json);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ApiTrouble(
    oneLine(`the answer is not understood: ${issue?.path.join('.') || 'the whole'}: ${issue?.message}`),
  );
}

const refusalOf = ({ json }: Answered) => REFUSAL.safeParse(json).data?.error ?? null;

function trouble(answer: Answered): ApiTrouble {
  const refusal = refusalOf(answer);
  const said = refusal ? `: ${refusal.message}` : '';
  return new ApiTrouble(oneLine(`the API answers ${answer.status}${said}`), retryAfterMs(answer));
}

/** RFC 9110 §10.2.3; a date would be a matter of clocks. */
function retryAfterMs({ headers }: Answered): number | null {
  const text = headers.get('retry-after') ?? '';
  return /^\d{1,9}$/.test(text) ? Math.min(Number(text) * 1000, LONGEST_RETRY_MS) : null;
}
